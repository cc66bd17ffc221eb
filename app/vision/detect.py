"""Find faces: a pass over the whole picture, and a glance from afar for a face that fills it."""

from typing import Protocol

import numpy as np

from app.domain.errors import ModelUnavailable
from app.domain.faces import Box, DetectedFace, Pixels
from app.vision import scrfd, yunet
from app.vision.candidates import Candidates, Rows, join, overlaps, suppress
from app.vision.letterbox import Canvas, fit, shrink, snug
from app.vision.session import Session, Tensor

OVERLAP = 0.4
"""Boxes that overlap by more mean the same face; insightface's default."""

SURE = 384
"""Longer side, in pixels of the canvas, up to which a face is found whatever surrounds it. Of 61 LFW faces, in four
widths of surroundings each, SCRFD-500M finds all at 400 pixels, nine of ten at 450 and one of nine at 500."""

NARROW = 0.6
"""Least width of a face's box as a part of its height."""

CROWD = 16
"""With more faces than these in a picture none is looked for that would fill it."""

FILLS = 0.5
"""A face fills the picture where its box is longer than this part of the picture's shorter side."""

GLANCE = (128, 192)
"""Longer side of the picture from afar, and side of the canvas around it, in pixels. Detectors want some background
around a face: of 60 LFW faces cut out along their box SCRFD finds none at 640 and all of them so."""

CLOSER = (320, 384)
"""The same for the second look at what the glance found, whose landmarks are more exact."""


class FaceFinder(Protocol):
    """A detection model."""

    @property
    def name(self) -> str: ...

    @property
    def fixed_size(self) -> int | None: ...

    def find(self, canvas: Pixels) -> Candidates: ...


def finder(session: Session, normalisation: tuple[float, float] | None = None) -> FaceFinder:
    """The detector that the model's outputs say it is. normalisation: mean and divisor where they are not the usual.

    Raises ModelUnavailable for another kind of model.
    """
    if set(yunet.OUTPUTS) == set(session.outputs):
        return yunet.YuNet(session)
    if len(session.outputs) == scrfd.OUTPUTS:
        return scrfd.Scrfd(session, normalisation or scrfd.NORMALISATION)
    msg = f"A detector with {len(session.outputs)} outputs is neither SCRFD with landmarks nor YuNet 2023mar."
    raise ModelUnavailable(msg)


class Detector:
    """Finds all faces of a picture.

    The main pass sees the picture scaled down to `size` pixels, and small ones as they are. With `exact` they are
    enlarged, on a square canvas, and the answer is that of insightface's FaceAnalysis; so it is where the model takes
    one size only. The glance only ever adds a face that fills the picture and that the main pass has not.
    """

    def __init__(self, model: FaceFinder, size: int, *, exact: bool = False) -> None:
        self.name = model.name
        self.size = model.fixed_size or size
        self._model = model
        self._fit = fit if exact or model.fixed_size else snug

    def find(self, picture: Pixels) -> list[DetectedFace]:
        """All faces, largest first."""
        canvas = self._fit(picture, self.size)
        found = self._look(canvas)
        if not _filling(found, picture).size and self._may_miss(found, canvas, picture):
            found = join([found, self._glance(picture, found)])
        height, width = picture.shape[:2]
        shown = found.take(np.flatnonzero(_sound(found)))
        return [_face(shown, int(row), width, height) for row in np.argsort(-shown.areas(), kind="stable")]

    def _may_miss(self, found: Candidates, canvas: Canvas, picture: Pixels) -> bool:
        """Whether the picture has room for a face that is too large for the main pass."""
        if self._model.fixed_size:
            # A glance costs as much as the main pass, which seldom misses such a face: only where nothing was found.
            return not len(found)
        height, width = (side * canvas.scale for side in picture.shape[:2])
        return _room(found.boxes * np.float32(canvas.scale), width, height)

    def _look(self, canvas: Canvas) -> Candidates:
        return suppress(canvas.back(self._model.find(canvas.pixels)), OVERLAP)

    def _glance(self, picture: Pixels, known: Candidates) -> Candidates:
        """The faces that fill the picture and that are not known yet."""
        if self._model.fixed_size:
            return self._news(picture, known, (self.size // 2, self.size))
        news = self._news(picture, known, GLANCE)
        closer = self._news(picture, known, CLOSER) if len(news) else news
        return closer if len(closer) else news

    def _news(self, picture: Pixels, known: Candidates, sizes: tuple[int, int]) -> Candidates:
        seen = self._look(shrink(picture, *sizes))
        seen = seen.take(_filling(seen, picture))
        new = [not (overlaps(box, known.boxes) > OVERLAP).any() for box in seen.boxes]
        return seen.take(np.flatnonzero(np.array(new, dtype=bool)))


def _room(boxes: Tensor, width: float, height: float) -> bool:
    """Whether a face longer than SURE could stand in the picture without the middle of one of the boxes in it."""
    wide, tall = SURE * NARROW, float(SURE)
    if width < wide or height < tall or len(boxes) > CROWD:
        return False
    x, y = ((boxes[:, :2] + boxes[:, 2:]) / 2).T
    lefts = np.append(x[x < width - wide], 0)[:, None]
    tops = np.append(y[y < height - tall], 0)[:, None, None]
    # A free place can be moved left and up until it meets a middle or the border.
    across, down = (x > lefts) & (x < lefts + wide), (y > tops) & (y < tops + tall)
    return not (across & down).any(axis=-1).all()


def _filling(found: Candidates, picture: Pixels) -> Rows:
    """Which of them fill the picture."""
    sides = (found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0)
    return np.flatnonzero(sides > FILLS * min(picture.shape[:2]))


def _sound(found: Candidates) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which have an area and finite landmarks."""
    finite = np.isfinite(found.landmarks).all(axis=(1, 2)) & np.isfinite(found.boxes).all(axis=1)
    sound: np.ndarray[tuple[int], np.dtype[np.bool_]] = finite & (found.areas() > 0)
    return sound


def _face(found: Candidates, row: int, width: int, height: int) -> DetectedFace:
    size = np.array([width, height], dtype=np.float32)
    left, top, right, bottom = (float(side) for side in found.boxes[row] / np.tile(size, 2))
    return DetectedFace(
        Box(left, top, right - left, bottom - top), found.landmarks[row] / size, float(found.scores[row])
    )
