"""YuNet, OpenCV's detector (Wu, Peng, Yu 2023, https://doi.org/10.1007/s11633-023-1423-y), in its 2023mar export."""

import numpy as np

from app.domain.faces import Pixels
from app.vision.blob import BGR, Blobs
from app.vision.candidates import Candidates, join
from app.vision.session import Session, Tensor

STRIDES = (8, 16, 32)
"""Pixels between two cells of each of the three feature maps; one candidate a cell."""

THRESHOLD = 0.7
"""Least score. OpenCV's default of 0.9 loses half of the faces of a crowd: of 52, 23 are found, at 0.7 51; at 0.6
a false one appears in another photo."""

OUTPUTS = tuple(f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in STRIDES)


class YuNet:
    """Finds faces on a canvas whose sides are multiples of 32."""

    name = "YuNet"

    def __init__(self, session: Session, threshold: float = THRESHOLD) -> None:
        self._session = session
        self._threshold = threshold
        self._blobs = Blobs(0, 1, BGR)  # the model was trained on OpenCV's order of colours, 0–255

    @property
    def fixed_size(self) -> int | None:
        """The only side in pixels that the model takes, None where it takes any."""
        return self._session.input_shape[2]

    def find(self, canvas: Pixels) -> Candidates:
        """Everything above the threshold, in pixels of the canvas; several boxes may mean one face."""
        outputs = dict(zip(self._session.outputs, self._session.run(self._blobs.of([canvas])), strict=True))
        maps = [(canvas.shape[1] // stride, stride) for stride in STRIDES]
        return join([_decode(outputs, columns, stride, self._threshold) for columns, stride in maps])


def _decode(outputs: dict[str, Tensor], columns: int, stride: int, threshold: float) -> Candidates:
    """The candidates of one stride, by the formulas of OpenCV's face_detect.cpp.

    The score is the geometric mean of «a face» and «an object». Centre and landmarks are offsets in strides from the
    cell, width and height logarithms of strides.
    """
    kinds, objects, boxes, landmarks = (outputs[f"{kind}_{stride}"][0] for kind in ("cls", "obj", "bbox", "kps"))
    scores: Tensor = np.sqrt(np.clip(kinds, 0, 1) * np.clip(objects, 0, 1))[:, 0]
    rows = np.flatnonzero(scores >= threshold)
    corner = np.column_stack(np.divmod(rows, columns)[::-1]).astype(np.float32)
    centre, half = (corner + boxes[rows, :2]) * stride, np.exp(boxes[rows, 2:]) * (stride / 2)
    points = (corner[:, None] + landmarks[rows].reshape(-1, 5, 2)) * stride
    return Candidates(np.hstack([centre - half, centre + half]), points, scores[rows])
