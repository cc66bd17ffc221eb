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

_OUTWARDS = np.array([-1, -1, 1, 1], dtype=np.float32)


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
        maps = [(outputs[step :: len(STRIDES)], stride) for step, stride in enumerate(STRIDES)]
        # Mostly two of the three strides have nothing to say; the first always speaks, if only of no candidates.
        spoken = [each for each in maps if each is maps[0] or each[0][0].max() >= THRESHOLD]
        return join([_decode(each, canvas.shape[1] // stride, stride) for each, stride in spoken])


def _decode(outputs: list[Tensor], columns: int, stride: int) -> Candidates:
    """The candidates of one stride. Distances to the sides and landmarks are in strides, from the anchor."""
    scores, distances, offsets = outputs
    rows = np.flatnonzero(scores[:, 0] >= THRESHOLD)
    centres = _centres(rows, columns)
    boxes = distances[rows] * _OUTWARDS + np.concatenate([centres, centres], axis=1)
    landmarks = offsets[rows].reshape(-1, 5, 2) + centres[:, None]
    return Candidates(boxes * np.float32(stride), landmarks * np.float32(stride), scores[rows, 0])


def _centres(anchors: Rows, columns: int) -> Tensor:
    """Where anchors of a map stand, which are numbered row by row: n × (x, y), in strides."""
    y, x = np.divmod(anchors // ANCHORS, columns)
    return np.stack([x, y], axis=1).astype(np.float32)
