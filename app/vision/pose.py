"""Which way a face looks, from its five landmarks."""

from math import atan2, cos, degrees, hypot, sin

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
    # The columns of _BACKWARDS sum to nothing, so that it does not matter where the middle of the points lies.
    across, down = (_BACKWARDS @ points).T
    roll = atan2(down[0] - across[1], across[0] + down[1])
    turn = np.array([[cos(roll), sin(roll)], [-sin(roll), cos(roll)]])
    across, down = (turn @ (across, down)).tolist()
    yaw = atan2(-across[2], hypot(across[0], across[1]))
    pitch = atan2(-down[2], hypot(down[0], down[1]))
    return Pose(yaw=degrees(yaw), pitch=degrees(pitch), roll=degrees(roll))
