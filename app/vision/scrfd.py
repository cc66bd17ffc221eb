"""SCRFD, the detector of InsightFace's packs (Guo et al. 2021, https://arxiv.org/abs/2105.04714)."""

from functools import lru_cache

import cv2
import numpy as np

from app.domain.faces import Pixels
from app.vision.candidates import Candidates, join
from app.vision.session import Session, Tensor

STRIDES = (8, 16, 32)
"""Pixels between two anchors on each of the three feature maps."""

ANCHORS = 2
"""Anchors at each place."""

THRESHOLD = 0.5
"""Least score, insightface's default."""

OUTPUTS = 3 * len(STRIDES)
"""Scores of each stride, then boxes, then landmarks."""


class Scrfd:
    """Finds faces on a square canvas whose side is a multiple of 32."""

    name = "SCRFD"

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def fixed_size(self) -> int | None:
        """The only side in pixels that the model takes, None where it takes any."""
        return self._session.input_shape[2]

    def find(self, canvas: Pixels) -> Candidates:
        """Everything above the threshold, in pixels of the canvas; several boxes may mean one face."""
        # A batched export has one axis more; there is one picture in the batch.
        outputs = [output.reshape(-1, output.shape[-1]) for output in self._session.run(_blob(canvas))]
        size, steps = canvas.shape[0], len(STRIDES)
        return join([_decode(outputs[step::steps], size, stride) for step, stride in enumerate(STRIDES)])


def _blob(canvas: Pixels) -> Tensor:
    """1 × RGB × height × width, −1…1."""
    return np.asarray(cv2.dnn.blobFromImage(canvas, 1 / 128, mean=(127.5, 127.5, 127.5)), dtype=np.float32)


def _decode(outputs: list[Tensor], size: int, stride: int) -> Candidates:
    """The candidates of one stride. Distances to the sides and landmarks are in strides, from the anchor."""
    scores, distances, offsets = outputs
    rows = np.flatnonzero(scores[:, 0] >= THRESHOLD)
    centres = _centres(size // stride, stride)[rows]
    sides = distances[rows] * stride
    boxes = np.hstack([centres - sides[:, :2], centres + sides[:, 2:]])
    landmarks = centres[:, None] + (offsets[rows] * stride).reshape(-1, 5, 2)
    return Candidates(boxes, landmarks, scores[rows, 0])


@lru_cache(maxsize=64)
def _centres(cells: int, stride: int) -> Tensor:
    """Where the anchors of a square map stand: (cells² · anchors) × (x, y), row by row."""
    y, x = np.mgrid[:cells, :cells]
    return np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2) * np.float32(stride), ANCHORS, axis=0).astype(np.float32)
