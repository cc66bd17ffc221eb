"""How good a face is for recognition, from simple measures of its crop, its box and its landmarks.

score = the product of seven grades, each 0–1: one measure lying between a value that is useless and one that does no
harm, linearly. A measure whose grade is below one half is given as a reason. The two values of each were set on
200 photos of LFW and on group photos (faces of 20–190 pixels, an archive scan of 1927 among them), so that their faces
score above 0.5, and on the same photos blurred, darkened, brightened and shrunk, so that those are named for it.
"""

from dataclasses import dataclass
from math import prod, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.faces import DetectedFace, Flaw, Pixels, Pose, Quality
from app.vision.align import Matrix
from app.vision.session import Tensor

LEAST_GRADE = 0.5
"""Below it the measure is a reason."""

SIZE = (12.0, 52.0)
"""Shorter side of the box in pixels. One half at 32."""

SHARPNESS = (0.25, 0.5)
"""Of `sharpness`. LFW: median 0.85, 1 % below 0.49; blurred by a Gaussian of 4 pixels: median 0.25."""

HIGHLIGHTS = (0.15, 0.35)
"""Brightest twentieth of the face. Dark skin has highlights, an underexposed photo has not. LFW: none below 0.32."""

CLIPPED = (0.4, 0.05)
"""Part of the face that is burnt out. LFW: 0.03 at most; twice as bright: median 0.37."""

YAW, PITCH, ROLL = (70.0, 40.0), (60.0, 40.0), (100.0, 60.0)
"""Degrees. LFW: yaw beyond 48 in 1 %, pitch beyond 46; roll hardly matters, as the crop is turned upright."""

CONFIDENCE = (0.4, 0.7)
"""The detector's score. LFW: 0.70 or more in 99 %."""

SHOWN = (0.45, 0.85)
"""Part of the crop's face that lies in the picture; the box tells less, since detectors draw it around what is there.
LFW: 1; cut out along the box: 95 % above 0.83; cut through the middle of the face: median 0.59."""

_FACE = (slice(20, 108), slice(16, 96))
"""Rows and columns of the crop that show the face, not what is around it."""

_GRID = np.mgrid[_FACE][::-1, ::4, ::4].reshape(2, -1).T.astype(np.float64)
_CORNERS = _GRID[[0, 19, -20, -1]]
_HIGHLIGHT = int(0.95 * 88 * 80)  # of the sorted values of _FACE
_BURNT = 250
_POWERS = np.stack([np.arange(256), np.arange(256) ** 2])
_FINE = 1.5
_NOISE = 5.0
_CRISP = 0.12


@dataclass(frozen=True, slots=True)
class Light:
    """What the grey values of a face say, all 0–1."""

    sharpness: float
    brightness: float
    highlights: float
    clipped: float


def judge(found: DetectedFace, crop: Pixels, pose: Pose, picture: tuple[int, int], within: float) -> Quality:
    """Grade a face. crop: 112 × 112 × RGB. picture: its width and height in pixels. within: see `shown`."""
    light = _light(crop)
    size = min(found.box.width * picture[0], found.box.height * picture[1])
    grades = {
        Flaw.SMALL_FACE: _grade(size, SIZE),
        Flaw.BLURRED: _grade(light.sharpness, SHARPNESS),
        Flaw.DARK: _grade(light.highlights, HIGHLIGHTS),
        Flaw.OVEREXPOSED: _grade(light.clipped, CLIPPED),
        Flaw.EXTREME_POSE: _frontal(pose),
        Flaw.LOW_CONFIDENCE: _grade(found.score, CONFIDENCE),
        Flaw.CUT_OFF: _grade(within, SHOWN),
    }
    reasons = tuple(flaw for flaw, grade in grades.items() if grade < LEAST_GRADE)
    return Quality(prod(grades.values()), reasons, size, light.sharpness, light.brightness)


def _grade(value: float, span: tuple[float, float]) -> float:
    """0 at the first end of the span and beyond it, 1 at the second and beyond."""
    useless, harmless = span
    return min(1.0, max(0.0, (value - useless) / (harmless - useless)))


def _light(crop: Pixels) -> Light:
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[_FACE]
    counts = np.bincount(grey.ravel(), minlength=256)
    mean, square = (float(sum_) / grey.size for sum_ in _POWERS @ counts)
    return Light(
        sharpness=_sharpness(np.asarray(grey, dtype=np.float32), sqrt(max(square - mean * mean, 0))),
        brightness=mean / 255,
        highlights=int(np.searchsorted(counts.cumsum(), _HIGHLIGHT, side="right")) / 255,
        clipped=int(counts[_BURNT + 1 :].sum()) / grey.size,
    )


def _sharpness(grey: Tensor, deviation: float) -> float:
    """How much of the contrast is in details that a Gaussian of 1.5 pixels takes away; 1 for a crisp press photo.

    Mean |grey − blurred grey| over the standard deviation, so that a dull photo is not taken for a blurred one; five
    grey values more, so that the noise of an even surface is not taken for detail.
    """
    details = cv2.mean(cv2.absdiff(grey, cv2.GaussianBlur(grey, (0, 0), _FINE)))[0]
    return min(1.0, details / (deviation + _NOISE) / _CRISP)


def _frontal(pose: Pose) -> float:
    return min(_grade(abs(pose.yaw), YAW), _grade(abs(pose.pitch), PITCH), _grade(abs(pose.roll), ROLL))


def shown(matrix: Matrix, width: int, height: int) -> float:
    """Part of the crop's face that comes from within the picture, 0–1, by a grid of points.

    matrix: what carries the picture's pixels into the crop. width, height: of the picture.
    """
    if _inside(_CORNERS, matrix, width, height).all():
        return 1.0
    return float(_inside(_GRID, matrix, width, height).mean())


def _inside(points: Matrix, matrix: Matrix, width: int, height: int) -> NDArray[np.bool_]:
    """Which points of the crop come from within the picture."""
    (cos, _), (sin, _) = turn = matrix[:, :2]
    # The inverse of a turn is its transpose.
    source = (points - matrix[:, 2]) @ turn / max(cos * cos + sin * sin, np.finfo(np.float64).tiny)
    inside: NDArray[np.bool_] = ((source >= 0) & (source < (width, height))).all(axis=1)
    return inside
