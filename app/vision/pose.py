"""Which way a face looks, from its five landmarks."""

import numpy as np

from app.domain.faces import Landmarks, Pose
from app.vision.align import TEMPLATE

DEPTHS = (0.0, 0.0, -15.0, -3.0, -3.0)
"""How far each landmark lies behind the eyes, in pixels of the template (1.8 mm): the tip of the nose 27 mm before
the pupils, the corners of the mouth 5 mm, about as on an adult head."""

HEAD = np.column_stack([TEMPLATE - TEMPLATE.mean(axis=0), np.array(DEPTHS) - np.mean(DEPTHS)])
"""A head that looks straight into the camera: 5 × (x right, y down, z away from the viewer)."""

_BACKWARDS = np.linalg.pinv(HEAD)


def pose(landmarks: Landmarks) -> Pose:
    """Degrees of the head's turn. landmarks: 5 × 2 in pixels.

    yaw: positive where the nose points to the viewer's right. pitch: positive where it points down. roll: positive
    where the head leans clockwise as the viewer sees it. A few degrees' error is usual, since noses differ.

    The head is fitted under scaled orthography (POS: DeMenthon and Davis 1995,
    https://doi.org/10.1007/BF01450852): least squares for the first two rows of the rotation times the scale.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    across, down = (_BACKWARDS @ (points - points.mean(axis=0))).T
    roll = np.arctan2(down[0] - across[1], across[0] + down[1])
    cos, sin = np.cos(roll), np.sin(roll)
    across, down = cos * across + sin * down, cos * down - sin * across
    yaw = np.arctan2(-across[2], np.hypot(across[0], across[1]))
    pitch = np.arctan2(-down[2], np.hypot(down[0], down[1]))
    return Pose(yaw=float(np.degrees(yaw)), pitch=float(np.degrees(pitch)), roll=float(np.degrees(roll)))
