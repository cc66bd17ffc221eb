"""Age and gender as a model guesses them: InsightFace's `genderage`.

The cut of the face and the meaning of the numbers are those of insightface's `model_zoo/attribute.py` (MIT): a square
around the middle of the box, one and a half times as long as the box's longer side, not turned, scaled to 96 pixels;
three numbers: how female, how male (logits), and the age in hundreds of years.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import exp

import cv2
import numpy as np

from app.domain.errors import ModelUnavailable
from app.domain.faces import Age, AlignedFace, Attributes, Box, Gender, Pixels, Sex
from app.vision.align import LONGEST_SIDE
from app.vision.blob import Blobs
from app.vision.graph import preparation
from app.vision.session import Session

SIDE = 96
AROUND = 1.5
"""Side of the square that is cut out, in longer sides of the box."""

NUMBERS = 3
_GREY = np.full((SIDE, SIDE, 3), 127, dtype=np.uint8)

OLDEST = 120
SPAN, LEAST_SPAN = 0.2, 4
"""A person may well be a fifth younger or older than guessed, or four years where that is more. How wide such ranges
usually are, AWS Rekognition's among them; it is no bound that was measured."""


class Guesser:
    """Guesses of a face what its model knows. Safe to use from several threads at once."""

    def __init__(self, session: Session, operators: Sequence[str]) -> None:
        """Try the model out. Raises ModelUnavailable where it does not make three numbers of a picture."""
        self._session = session
        self._blobs = Blobs(*_normalisation(operators))
        if session.input_shape[1:] not in {(3, SIDE, SIDE), (3, None, None)} or len(self._run(_GREY)) != NUMBERS:
            msg = f"A model of ages makes 3 numbers of 3 × {SIDE} × {SIDE}, this one takes {session.input_shape[1:]}."
            raise ModelUnavailable(msg)

    def known(self, face: AlignedFace, picture: Pixels) -> AlignedFace:
        """The face with its attributes. picture: that its box is in."""
        return replace(face, attributes=_read(self._run(cut(picture, face.found.box))))

    def _run(self, crop: Pixels) -> list[float]:
        [row, *_] = self._session.run(self._blobs.of([crop]))[0]
        numbers: list[float] = np.ravel(row).tolist()
        return numbers


def cut(picture: Pixels, box: Box) -> Pixels:
    """The square around the face: 96 × 96 × RGB, black beyond the picture."""
    height, width = picture.shape[:2]
    x, y = (box.left + box.width / 2) * width, (box.top + box.height / 2) * height
    side = AROUND * max(box.width * width, box.height * height)
    if max(height, width) > LONGEST_SIDE:
        # OpenCV's warp takes no longer side; what lies beyond the square is not looked at.
        left, top = (max(0, int(middle - side)) for middle in (x, y))
        picture, x, y = picture[top : top + int(2 * side) + 2, left : left + int(2 * side) + 2], x - left, y - top
    scale = SIDE / side
    matrix = np.array([[scale, 0, SIDE / 2 - scale * x], [0, scale, SIDE / 2 - scale * y]])
    return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderValue=(0, 0, 0)), dtype=np.uint8)


def _normalisation(operators: Sequence[str]) -> tuple[float, float]:
    """Mean and divisor of the pixels: none where the model scales them itself, as those that came from MXNet do."""
    before = preparation(operators)
    inside = "BatchNormalization" in before or ("Sub" in before and bool(before & {"Mul", "Div"}))
    return (0.0, 1.0) if inside else (127.5, 128.0)


def _read(numbers: Sequence[float]) -> Attributes:
    """Nothing is known where the numbers are none."""
    if not np.isfinite(numbers).all():
        return Attributes()
    female, male, age = numbers
    return Attributes(_age(100 * age), _gender(female, male))


def _age(years: float) -> Age:
    guessed = min(max(round(years), 0), OLDEST)
    span = max(LEAST_SPAN, round(SPAN * guessed))
    return Age(guessed, max(0, guessed - span), min(OLDEST, guessed + span))


def _gender(female: float, male: float) -> Gender:
    """The softmax of the two logits."""
    apart = abs(male - female)
    return Gender(Sex.MALE if male > female else Sex.FEMALE, 1 / (1 + exp(-min(apart, 700.0))))
