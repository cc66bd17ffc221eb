"""A picture scaled into the canvas that a detector looks at, and the way back."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.faces import Pixels
from app.vision.candidates import Candidates


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """height × width × RGB, black where the picture is not.

    scale: canvas pixels per picture pixel. margin: pixels of the canvas left of the picture, and above it.
    """

    pixels: Pixels
    scale: float
    margin: tuple[int, int]

    def back(self, found: Candidates) -> Candidates:
        """What was found, in pixels of the picture."""
        shift = np.array(self.margin, dtype=np.float32)
        boxes = (found.boxes - np.tile(shift, 2)) / np.float32(self.scale)
        return Candidates(boxes, (found.landmarks - shift) / np.float32(self.scale), found.scores)


STEP = 32
"""Sides of canvases are multiples of it: the coarsest stride of the detectors."""


def fit(picture: Pixels, size: int) -> Canvas:
    """The picture as large as a square canvas allows, in its top left corner; a small one is enlarged.

    This is what insightface's FaceAnalysis does, to the pixel, so that both find the same boxes.
    """
    return _paste(picture, scaled(picture.shape[1], picture.shape[0], size), (size, size), centred=False)


def snug(picture: Pixels, size: int) -> Canvas:
    """The picture with its longer side at most `size` pixels long, on the smallest canvas for it; never enlarged."""
    height, width = picture.shape[:2]
    inner = scaled(width, height, size) if max(height, width) > size else (width, height)
    return _paste(picture, inner, (_up(inner[0]), _up(inner[1])), centred=False)


def shrink(picture: Pixels, side: int, size: int) -> Canvas:
    """The picture with its longer side `side` pixels long, in the middle of a square canvas."""
    return _paste(picture, scaled(picture.shape[1], picture.shape[0], side), (size, size), centred=True)


def _up(side: int) -> int:
    return -(-side // STEP) * STEP


def _paste(picture: Pixels, inner: tuple[int, int], outer: tuple[int, int], *, centred: bool) -> Canvas:
    """The picture scaled to `inner` on a canvas of `outer`, both width and height."""
    small = picture if picture.shape[1::-1] == inner else np.asarray(cv2.resize(picture, inner), dtype=np.uint8)
    scale = _scale(picture, *inner)
    if inner == outer:
        return Canvas(small, scale, (0, 0))
    left, top = ((outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2) if centred else (0, 0)
    pixels = np.zeros((outer[1], outer[0], 3), dtype=np.uint8)
    pixels[top : top + inner[1], left : left + inner[0]] = small
    return Canvas(pixels, scale, (left, top))


def scaled(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height whose longer one is `side`; never below one pixel."""
    if height > width:
        return max(1, int(side / (height / width))), side
    return side, max(1, int(side * (height / width)))


def _scale(picture: Pixels, width: int, height: int) -> float:
    """By the height, as insightface does, unless it was rounded up from nothing."""
    return float(height / picture.shape[0] if height > 1 else width / picture.shape[1])
