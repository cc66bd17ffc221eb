"""A picture scaled into the square that a detector looks at, and the way back."""

from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.faces import Pixels
from app.vision.candidates import Candidates


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """size × size × RGB, black where the picture is not.

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


def fit(picture: Pixels, size: int) -> Canvas:
    """The picture as large as the canvas allows, in its top left corner; a small one is enlarged.

    This is what insightface's FaceAnalysis does, to the pixel, so that both find the same boxes.
    """
    return _paste(picture, size, size, centred=False)


def shrink(picture: Pixels, side: int, size: int) -> Canvas:
    """The picture with its longer side `side` pixels long, in the middle of the canvas."""
    return _paste(picture, side, size, centred=True)


def _paste(picture: Pixels, side: int, size: int, *, centred: bool) -> Canvas:
    width, height = scaled(picture.shape[1], picture.shape[0], side)
    small = cv2.resize(picture, (width, height))
    left, top = ((size - width) // 2, (size - height) // 2) if centred else (0, 0)
    pixels = np.zeros((size, size, 3), dtype=np.uint8)
    pixels[top : top + height, left : left + width] = small
    return Canvas(pixels, _scale(picture, width, height), (left, top))


def scaled(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height whose longer one is `side`; never below one pixel."""
    if height > width:
        return max(1, int(side / (height / width))), side
    return side, max(1, int(side * (height / width)))


def _scale(picture: Pixels, width: int, height: int) -> float:
    """By the height, as insightface does, unless it was rounded up from nothing."""
    return float(height / picture.shape[0] if height > 1 else width / picture.shape[1])
