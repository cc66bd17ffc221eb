"""SCRFD, the detector of InsightFace's packs (Guo et al. 2021, https://arxiv.org/abs/2105.04714)."""

import numpy as np

from app.domain.faces import Pixels
from app.vision.blob import Blobs
from app.vision.candidates import Candidates, Rows, join
from app.vision.session import Session, Tensor

STRIDES = (8, 16, 32)
"""Pixels between two anchors on each of the three feature maps."""

ANCHORS = 2
"""Anchors at each place."""

THRESHOLD = 0.5
"""Least score, insightface's default."""

OUTPUTS = 3 * len(STRIDES)
"""Scores of each stride, then boxes, then landmarks."""


NORMALISATION = (127.5, 128.0)
"""Mean and divisor of the published models."""


class Scrfd:
    """Finds faces on a canvas whose sides are multiples of 32."""

    name = "SCRFD"

    def __init__(self, session: Session, normalisation: tuple[float, float] = NORMALISATION) -> None:
        self._session = session
        self._blobs = Blobs(*normalisation)

    @property
    def fixed_size(self) -> int | None:
        """The only side in pixels that the model takes, None where it takes any."""
        return self._session.input_shape[2]

    def find(self, canvas: Pixels) -> Candidates:
        """Everything above the threshold, in pixels of the canvas; several boxes may mean one face."""
        # A batched export has one axis more; there is one picture in the batch.
        outputs = [output.reshape(-1, output.shape[-1]) for output in self._session.run(self._blobs.of([canvas]))]
        steps = len(STRIDES)
        return join([_decode(outputs[step::steps], canvas.shape[1], stride) for step, stride in enumerate(STRIDES)])


def _decode(outputs: list[Tensor], width: int, stride: int) -> Candidates:
    """The candidates of one stride. Distances to the sides and landmarks are in strides, from the anchor."""
    scores, distances, offsets = outputs
    rows = np.flatnonzero(scores[:, 0] >= THRESHOLD)
    centres = _centres(rows, width // stride, stride)
    sides = distances[rows] * stride
    boxes = np.hstack([centres - sides[:, :2], centres + sides[:, 2:]])
    landmarks = centres[:, None] + (offsets[rows] * stride).reshape(-1, 5, 2)
    return Candidates(boxes, landmarks, scores[rows, 0])


def _centres(anchors: Rows, columns: int, stride: int) -> Tensor:
    """Where anchors of a map stand, which are numbered row by row: n × (x, y)."""
    y, x = np.divmod(anchors // ANCHORS, columns)
    return np.column_stack([x, y]).astype(np.float32) * np.float32(stride)
