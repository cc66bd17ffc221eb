"""Pictures of faces as cameras and networks spoil them: turned, blurred, dark, compressed, half hidden, mixed."""

import cv2
import numpy as np

from app.domain.faces import Pixels
from app.vision.align import SIZE, Matrix

Rng = np.random.Generator


def shaken(matrix: Matrix, rng: Rng) -> Matrix:
    """An alignment as inexact landmarks would make it: turned by some degrees, scaled and shifted by some percent."""
    turn, scale = rng.normal(0, 4), rng.normal(1, 0.04)
    shake = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), turn, scale) + [[0, 0, rng.normal(0, 2)]] * 2
    moved: Matrix = shake @ np.vstack([matrix, [0, 0, 1]])
    return moved


def blended(face: Pixels, other: Pixels, rng: Rng) -> Pixels:
    """A face between two: all of both, or one above and the other below, or left and right, with a soft border."""
    share: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.full((SIZE, 1, 1), rng.uniform(0.3, 0.7))
    if rng.random() < 0.5:  # noqa: PLR2004 - half of them
        edge = 1 / (1 + np.exp(-(np.arange(SIZE) - rng.uniform(0.35, 0.65) * SIZE) / 6))
        share = edge.reshape((SIZE, 1, 1) if rng.random() < 0.7 else (1, SIZE, 1))  # noqa: PLR2004
    return np.asarray(face * share + other * (1 - share), dtype=np.uint8)


def spoilt(picture: Pixels, rng: Rng) -> Pixels:
    """The same picture under another light, and sometimes coarser, compressed or with a part hidden.

    Works on pictures of any size.
    """
    for chance, change in ((0.8, lit), (0.1, grey), (0.25, coarse), (0.1, blurred), (0.25, compressed), (0.1, hidden)):
        if rng.random() < chance:
            picture = change(picture, rng)
    return picture


def lit(picture: Pixels, rng: Rng) -> Pixels:
    """Another brightness, contrast, gamma and colour of light."""
    steps = np.linspace(0, 1, 256)[:, None] ** rng.uniform(0.7, 1.4)
    table = (steps - 0.5) * rng.uniform(0.7, 1.25) + 0.5 + rng.normal(0, 0.06) + rng.normal(0, 0.03, 3)
    tables = np.clip(table * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(np.ascontiguousarray(picture), tables[:, None, :]), dtype=np.uint8)


def grey(picture: Pixels, rng: Rng) -> Pixels:  # noqa: ARG001 - all changes are called alike
    return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2).astype(np.uint8)


def coarse(picture: Pixels, rng: Rng) -> Pixels:
    """As if enlarged from a smaller picture."""
    height, width = picture.shape[:2]
    share = rng.uniform(0.3, 0.8)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height)), dtype=np.uint8)


def blurred(picture: Pixels, rng: Rng) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2)), dtype=np.uint8)


def compressed(picture: Pixels, rng: Rng) -> Pixels:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR), dtype=np.uint8)


def hidden(picture: Pixels, rng: Rng) -> Pixels:
    """A rectangle of one colour over it, of at most a ninth of its area."""
    height, width = picture.shape[:2]
    top, left = int(rng.integers(0, height)), int(rng.integers(0, width))
    covered = picture.copy()
    covered[top : top + int(rng.integers(1, height // 3)), left : left + int(rng.integers(1, width // 3))] = (
        rng.integers(0, 256, 3)
    )
    return covered
