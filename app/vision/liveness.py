"""Is it a face, or a picture of one? Passive liveness, from the one photo that was sent.

MiniFASNet looks at what is around the face: the edge of a print, the frame of a screen, its moiré. Two networks see
80 × 80 pixels each, of windows 2.7 and 4 times as large as the face; the mean of their answers is the score. Method,
windows and weights: Silent-Face-Anti-Spoofing, https://github.com/minivision-ai/Silent-Face-Anti-Spoofing, Apache-2.0.
InsightFace's addon sees the face alone, upright, with less around it than MiniFASNet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Protocol

import cv2
import numpy as np

from app.domain.errors import ModelUnavailable
from app.domain.faces import AlignedFace, DetectedFace, Pixels
from app.vision.align import similarity
from app.vision.blob import BGR, Blobs
from app.vision.decode import Limits, opened
from app.vision.engine import Engine
from app.vision.models.liveness import LivenessPack
from app.vision.runtimes.ort import Ort
from app.vision.session import Session

SIDE = 80
"""Of what the models see, in pixels."""

LEAST_SIDE = 640
"""Longer side at which photos are looked at, if they have it: that of the authors' own examples. Decoded at a fraction,
a photo of 12 megapixels shows another grain than one that a camera took at this size, but one that is looked at in full
would be seen through one pixel of six."""

LIVE = 1
"""Place of «live» among MiniFASNet's three classes; the others are two kinds of fakes."""

ZOOM, SHIFT = 0.45, 14.8
"""From ArcFace's 112-pixel template to that of InsightFace's addon: each of its points is the other's × ZOOM + SHIFT,
to the hundredth of a pixel that it is given in."""


class View(Protocol):
    """A model and how it wants to be shown a face."""

    def score(self, photo: Pixels, face: DetectedFace) -> float:
        """0–1, 1 for a live face."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """One network of MiniFASNet. It takes BGR, 0–255 as it is. scale: of the window, in sizes of the face."""

    session: Session
    scale: float

    def score(self, photo: Pixels, face: DetectedFace) -> float:
        seen = cv2.resize(window(photo, face, self.scale), (SIDE, SIDE))
        [answer] = self.session.run(_AS_IS.of([np.asarray(seen, dtype=np.uint8)]))
        odds = np.exp(answer[0] - answer[0].max())
        return float(odds[LIVE] / odds.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """InsightFace's addon. It takes RGB, 0–1, and its answer is the score."""

    session: Session

    def score(self, photo: Pixels, face: DetectedFace) -> float:
        height, width = photo.shape[:2]
        matrix = ZOOM * similarity(face.landmarks * np.array([width, height], dtype=np.float32))
        matrix[:, 2] += SHIFT
        seen = cv2.warpAffine(photo, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        [answer] = self.session.run(_ZERO_TO_ONE.of([np.asarray(seen, dtype=np.uint8)]))
        return float(answer.ravel()[0])


class LivenessChecker:
    """See app.ports.LivenessCheck. Works on the engine's threads, each face of a picture after the other."""

    def __init__(self, engine: Engine, pack: LivenessPack, limits: Limits) -> None:
        """Open the models. Raises ModelUnavailable."""
        self.model = pack.name
        self._engine = engine
        self._limits = limits
        self._views = [_view(role, Ort().open(file)) for role, file in sorted(pack.files.items())]

    async def scores(self, image: bytes, faces: Sequence[AlignedFace]) -> list[float]:
        return await self._engine.also(partial(self._scores, image, [face.found for face in faces]))

    def _scores(self, image: bytes, faces: Sequence[DetectedFace]) -> list[float]:
        photo = opened(image, self._limits)
        pixels = photo.decode(photo.coarsest(max(map(_side_for, faces), default=LEAST_SIDE))).pixels
        return [sum(view.score(pixels, face) for view in self._views) / len(self._views) for face in faces]


def window(photo: Pixels, face: DetectedFace, scale: float) -> Pixels:
    """The part of the photo around the face, its box's shape, `scale` times as large.

    Where the photo is too small for that it is as large as the photo allows, and where it would reach beyond an edge it
    is moved inside, so that the face need not lie in its middle. Nothing is made up beyond the edges.
    """
    height, width = photo.shape[:2]
    scale = min(scale, (width - 1) / (face.box.width * width), (height - 1) / (face.box.height * height))
    left, across = _span(face.box.left, face.box.width, width, scale)
    top, down = _span(face.box.top, face.box.height, height, scale)
    return photo[top : top + down, left : left + across]


def _span(low: float, length: float, size: int, scale: float) -> tuple[int, int]:
    """Begin and length of the window in one direction, in pixels. low, length: of the box, as parts of size."""
    wanted = length * size * scale
    begin = (low + length / 2) * size - wanted / 2
    inside = int(min(max(begin, 0), size - 1 - wanted))
    return max(inside, 0), min(ceil(wanted), size)


def _side_for(face: DetectedFace) -> int:
    """Longer side of the photo, in pixels, at which the least window of the face need not be enlarged."""
    return max(LEAST_SIDE, ceil(SIDE / min(face.box.width, face.box.height, 1)))


def _view(role: str, session: Session) -> View:
    if session.input_shape[1:] != (3, SIDE, SIDE):
        msg = f"A model of liveness takes 3 × {SIDE} × {SIDE}, this one {session.input_shape[1:]}."
        raise ModelUnavailable(msg)
    kind, _, scale = role.partition("_")
    return Around(session, float(scale)) if kind == "around" else Aligned(session)


_AS_IS = Blobs(0, 1, BGR)
_ZERO_TO_ONE = Blobs(0, 255)
