"""Turn a face upright: from five landmarks to the 112-pixel crop that recognisers are trained on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.faces import Landmarks, Pixels

SIZE = 112
"""Side of the crop in pixels."""

TEMPLATE = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)],
    dtype=np.float64,
)
"""Where the landmarks lie in the crop, in pixels: the template of ArcFace's training set
(Deng et al. 2019, https://arxiv.org/abs/1801.07698)."""

_CENTRE = TEMPLATE.mean(axis=0).tolist()
_TARGET = TEMPLATE - _CENTRE
_PARTS = np.stack([_TARGET.ravel(), np.column_stack([_TARGET[:, 1], -_TARGET[:, 0]]).ravel()])

LONGEST_SIDE = 32_000
"""OpenCV's warp takes pictures below 2¹⁵ pixels a side; a longer one is cut around the face first."""

Matrix = NDArray[np.float64]


def align(picture: Pixels, landmarks: Landmarks, matrix: Matrix | None = None) -> Pixels:
    """Cut the face out, upright: 112 × 112 × RGB, black beyond the picture. landmarks: 5 × 2 in pixels.

    matrix: `similarity` of the landmarks, where it is known.
    """
    if max(picture.shape) > LONGEST_SIDE:
        picture, landmarks = _around(picture, landmarks)
        matrix = None
    matrix = similarity(landmarks) if matrix is None else matrix
    return np.asarray(cv2.warpAffine(picture, matrix, (SIZE, SIZE), borderValue=(0, 0, 0)), dtype=np.uint8)


def similarity(landmarks: Landmarks) -> Matrix:
    """The 2 × 3 matrix of the rotation, scale and shift that best carry the landmarks onto the template.

    Least squares in closed form: Umeyama 1991, https://doi.org/10.1109/34.88573. In the plane his singular value
    decomposition comes to two sums, the cosine and the sine of the turn times its scale. Landmarks that all lie in one
    point get the matrix that carries that point to the template's centre.
    """
    source = np.asarray(landmarks, dtype=np.float64)
    x, y = (float(sum_) / len(source) for sum_ in source.sum(axis=0))
    spread = (source - (x, y)).ravel()
    variance = float(spread @ spread)
    cos, sin = (float(part) / variance for part in _PARTS @ spread) if variance else (1.0, 0.0)
    left, top = _CENTRE
    return np.array([[cos, -sin, left - cos * x + sin * y], [sin, cos, top - sin * x - cos * y]])


def _around(picture: Pixels, landmarks: Landmarks) -> tuple[Pixels, Landmarks]:
    """The part of the picture within a dozen face sizes of the face, and the landmarks in it."""
    middle, reach = landmarks.mean(axis=0), 12 * float(np.ptp(landmarks, axis=0).max()) + SIZE
    reach = min(reach, LONGEST_SIDE / 2 - 1)
    low = np.maximum(middle - reach, 0).astype(int)
    high = np.ceil(middle + reach).astype(int)
    return picture[low[1] : high[1], low[0] : high[0]], (landmarks - low).astype(np.float32)
