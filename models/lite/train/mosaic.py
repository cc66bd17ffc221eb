"""Crowds that never met: faces of all sizes, cut out of photographs and put into another one."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.faces import Pixels
from app.vision.candidates import Candidates, join
from app.vision.session import Tensor
from models.lite.train.disturb import Rng, spoilt
from models.lite.train.look import SURE, Seen

SMALLEST, LARGEST = 9.0, 0.95
"""Sides of faces: pixels, and parts of the picture's side."""

MOST = 14
"""Photographs that are put into another one."""

HIDDEN, GONE = 0.2, 0.8
"""Parts of a face that are covered: from the first on nothing is asked, from the second on there is no face."""

AROUND = (1.15, 2.6)
"""How much is cut out around a face, in sides of its box."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and its faces. sure: which of them the detector must find; of the others nothing is asked."""

    pixels: Pixels
    faces: Candidates
    sure: NDArray[np.bool_]


def scene(known: Seen, photos: Sequence[int], side: int, rng: Rng) -> Scene:
    """Put a picture together, `side` pixels wide and high. photos: of those that have a face."""
    first = photos[int(rng.integers(len(photos)))]
    matrix = _placed(known, first, side, rng)
    pixels = _drawn(known.pixels[first], matrix, side, rng)
    faces = moved(known.of(first), matrix)
    hidden = np.zeros(len(faces), dtype=bool)
    for size in _sizes(int(MOST * rng.random() ** 2), side, rng):
        photo = photos[int(rng.integers(len(photos)))]
        box = known.faces.boxes[known.central[photo]]
        matrix, patch = _spread(box, size, side, rng), _patch(box, rng)
        shares = _covered(faces, _pasted(pixels, known.pixels[photo], matrix, patch))
        new = _inside(known.of(photo), patch)
        hidden = np.append((hidden | (shares > HIDDEN))[shares < GONE], np.zeros(len(new), dtype=bool))
        faces = join([faces.take(np.flatnonzero(shares < GONE)), moved(new, matrix)])
    sides = np.sqrt(faces.areas())
    seen = _within(faces, side) & (sides >= SMALLEST)
    return Scene(spoilt(pixels, rng), faces, seen & ~hidden & (faces.scores >= SURE))


def moved(faces: Candidates, matrix: Matrix) -> Candidates:
    """The faces after a similarity transform. Boxes stay upright."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    middles = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    halves = (faces.boxes[:, 2:] - faces.boxes[:, :2]) / 2 * scale
    points = faces.landmarks @ matrix[:, :2].T + matrix[:, 2]
    if np.linalg.det(matrix[:, :2]) < 0:
        points = points[:, [1, 0, 2, 4, 3]]  # mirrored: the left eye is now the right one
    boxes = np.hstack([middles - halves, middles + halves])
    return Candidates(boxes.astype(np.float32), points.astype(np.float32), faces.scores)


def _placed(known: Seen, photo: int, side: int, rng: Rng) -> Matrix:
    """How the photograph behind all others is shown: enlarged or not, its face anywhere."""
    size = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST * side)))
    return _spread(known.faces.boxes[known.central[photo]], float(size), side, rng)


def _sizes(count: int, side: int, rng: Rng) -> list[float]:
    """Sides of faces, large ones first, which lie behind the others. Small ones are as likely as large ones."""
    drawn = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST * side), count))
    return sorted(drawn.tolist(), reverse=True)


def _spread(box: Tensor, wanted: float, side: int, rng: Rng) -> Matrix:
    """A transform that gives the face a side of `wanted` pixels and a place in the picture."""
    size = float(np.sqrt(np.prod(box[2:] - box[:2])))
    room = max(side - wanted, 0.3 * side) / 2
    middle = np.asarray(box[:2] + box[2:], dtype=np.float64) / 2
    return _similarity(middle, side / 2 + rng.uniform(-room, room, 2), wanted / size, rng)


def _similarity(middle: Matrix, target: Matrix, scale: float, rng: Rng) -> Matrix:
    angle = rng.normal(0, 0.15)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if rng.random() < 0.5:  # noqa: PLR2004 - half of them
        turn[:, 0] *= -1
    return np.column_stack([turn, target - turn @ middle])


def _drawn(photo: Pixels, matrix: Matrix, side: int, rng: Rng) -> Pixels:
    border = (cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE)[int(rng.integers(3))]
    if border == cv2.BORDER_REFLECT_101:
        border = cv2.BORDER_CONSTANT  # a mirror would show faces that nobody counted
    colour = rng.integers(0, 256, 3).tolist() if rng.random() < 0.7 else (0, 0, 0)  # noqa: PLR2004
    return np.asarray(cv2.warpAffine(photo, matrix, (side, side), borderMode=border, borderValue=colour), np.uint8)


def _patch(box: Tensor, rng: Rng) -> Tensor:
    """What is cut out around a face: left, top, right, bottom in pixels of its photograph."""
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    return np.concatenate([middle - half * rng.uniform(*AROUND, 2), middle + half * rng.uniform(*AROUND, 2)])


def _pasted(pixels: Pixels, photo: Pixels, matrix: Matrix, patch: Tensor) -> Tensor:
    """Draw the patch into the picture; return the upright box that it covers."""
    side = pixels.shape[0]
    low, high = np.clip(patch[:2], 0, photo.shape[0]).astype(int), np.clip(patch[2:], 0, photo.shape[0]).astype(int)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], high, [low[0], high[1]]]) @ matrix[:, :2].T + matrix[:, 2]
    box = np.concatenate([corners.min(0), corners.max(0)])
    left, top = np.clip(np.floor(box[:2]), 0, side - 1).astype(int)
    right, bottom = np.clip(np.ceil(box[2:]), 1, side).astype(int)
    size = (max(right - left, 1), max(bottom - top, 1))
    shifted = matrix - np.array([[0, 0, left], [0, 0, top]])
    drawn = cv2.warpAffine(photo, shifted, size, flags=cv2.INTER_AREA)
    mask = np.zeros((size[1], size[0]), dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners - [left, top]).astype(np.int32), 1)
    part = pixels[top : top + size[1], left : left + size[0]]
    np.copyto(part, drawn, where=mask[:, :, None] > 0)
    return box.astype(np.float32)


def _inside(faces: Candidates, patch: Tensor) -> Candidates:
    """Those whose middle is in the patch."""
    middles = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    return faces.take(np.flatnonzero(((middles >= patch[:2]) & (middles <= patch[2:])).all(axis=1)))


def _covered(faces: Candidates, box: Tensor) -> Tensor:
    """What part of each face is covered, 0–1."""
    low, high = np.maximum(faces.boxes[:, :2], box[:2]), np.minimum(faces.boxes[:, 2:], box[2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    part: Tensor = shared / np.maximum(faces.areas(), 1)
    return part


def _within(faces: Candidates, side: int) -> NDArray[np.bool_]:
    """Which faces are in the picture for three quarters of them."""
    shown = np.clip(faces.boxes, 0, side)
    return np.asarray(np.prod(shown[:, 2:] - shown[:, :2], axis=1) > 0.75 * faces.areas())
