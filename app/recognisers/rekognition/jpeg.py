"""Pixels as AWS takes them: a JPEG that is neither too large nor too small. Boxes are fractions and fit any size."""

from collections.abc import Sequence

import cv2
import numpy as np

from app.domain.faces import Box, Pixels

MOST_BYTES = 5_242_880
"""Of a picture that travels in the request."""
MOST_STAGED = 3 * MOST_BYTES
"""Of one in a bucket."""
LONGEST = 4096
"""Pixels of a picture's longer side. A face that counts has 40 of 1920 by AWS's advice, and so 85 of these."""
SHORTEST = 80
"""Least that AWS takes; a smaller picture is enlarged."""
QUALITIES = (95, 88, 80, 70)
"""Of the JPEG, tried in this order until it is small enough."""
AROUND = 0.75
"""What is shown around a face on every side, in parts of its longer side: detectors want to see the head. Of 120 photos
of LFW the face found again in such a part is like the one found in the whole photo by 0.9975 on average, 0.968 at
least; with 0.5 by 0.9885, with more by no more."""
CROP = 1000
"""Longest side of a face's own picture in pixels: the face has 400 of them, several times what recognisers take."""
GREY = 127


def whole(pixels: Pixels, most_bytes: int) -> bytes:
    """The whole picture in so many bytes at most."""
    side = LONGEST
    while True:
        fitted = _fitted(pixels, side)
        for quality in QUALITIES:
            if len(encoded := _encoded(fitted, quality)) <= most_bytes:
                return encoded
        side = side * 3 // 4


def face(pixels: Pixels, box: Box, others: Sequence[Box]) -> bytes:
    """A face with what is around it, and no face beside it: whoever else is there is painted over.

    AWS takes the largest face of a picture, and it is to be this one.
    """
    height, width = pixels.shape[:2]
    scale = np.array([width, height, width, height])
    reach = AROUND * max(box.width * width, box.height * height)
    left, top, right, bottom = _corners(box) * scale + (-reach, -reach, reach, reach)
    rows, columns = _range(top, bottom, height), _range(left, right, width)
    crop = pixels[rows, columns].copy()
    shift = np.array([columns.start, rows.start] * 2)
    _paint(crop, [_corners(other) * scale - shift for other in others], _corners(box) * scale - shift)
    return _encoded(_fitted(crop, CROP), QUALITIES[0])


def _paint(crop: Pixels, others: Sequence[np.ndarray], mine: np.ndarray) -> None:
    """Paint the boxes over, but for what lies in one's own. Boxes: left, top, right, bottom in pixels of the crop."""
    height, width = crop.shape[:2]
    kept = (_range(mine[1], mine[3], height), _range(mine[0], mine[2], width))
    own = crop[kept].copy()
    for left, top, right, bottom in others:
        if right > 0 and bottom > 0 and left < width and top < height:
            crop[_range(top, bottom, height), _range(left, right, width)] = GREY
    crop[kept] = own


def _corners(box: Box) -> np.ndarray:
    return np.array([box.left, box.top, box.left + box.width, box.top + box.height])


def _range(low: float, high: float, size: int) -> slice:
    """A range of pixels inside the picture, one at least."""
    first = min(max(0, round(low)), size - 1)
    return slice(first, max(first + 1, min(size, round(high))))


def _fitted(pixels: Pixels, longest: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = min(longest / max(height, width), max(1.0, SHORTEST / min(height, width)))
    if scale == 1:
        return pixels
    size = max(SHORTEST, round(width * scale)), max(SHORTEST, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=method), dtype=np.uint8)


def _encoded(pixels: Pixels, quality: int) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
