"""Who is meant, and how sure: choosing the face, judging the similarity. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import dist

from app.domain.errors import LowQuality, MultipleFaces, NoFace, UnusableFace
from app.domain.faces import AlignedFace, Box, KeepableFace

EDGE = 0.04
"""Fraction of the picture's width or height that is its edge."""
NEARLY = 2 / 3
"""Part of the largest face's area that makes another face nearly as large."""

SAME_PLACE = 0.5
"""Overlap from which a face is the one that was there: detectors agree on a face by more, two people by less."""


Point = tuple[float, float]
"""x and y in fractions of the upright picture."""


class Decision(StrEnum):
    """What a similarity means against a threshold. Only MATCH may be acted on without a person looking."""

    MATCH = "match"
    REVIEW = "review"
    NO_MATCH = "no_match"


class FaceSelection(StrEnum):
    """What to do with a picture of several faces where one is wanted."""

    SINGLE = "single"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class Policy:
    """Where the cuts lie. threshold, review_margin: cosine similarity."""

    threshold: float
    review_margin: float

    def at(self, threshold: float | None) -> "Policy":
        """The same policy with the caller's threshold, if there is one."""
        return self if threshold is None else replace(self, threshold=threshold)

    def decide(self, similarity: float) -> Decision:
        """MATCH from the threshold up, REVIEW within the margin below it, NO_MATCH under that."""
        if similarity >= self.threshold:
            return Decision.MATCH
        return Decision.REVIEW if similarity >= self.threshold - self.review_margin else Decision.NO_MATCH


def margin(similarities: Sequence[float]) -> float:
    """How far the first of some members is ahead of the second, best first.

    A lone one is measured against 0, the similarity of two faces that have nothing to do with each other; of none it
    is 0.

    >>> margin([0.75, 0.25]), margin([0.75]), margin([])
    (0.5, 0.75, 0.0)
    """
    best, second, *_ = (*similarities, 0.0, 0.0) if len(similarities) < 2 else similarities  # noqa: PLR2004 - a pair
    return max(0.0, best - second)


def subject(faces: Sequence[AlignedFace]) -> AlignedFace:
    """The face that the picture is of. Raises NoFace.

    The largest, unless it lies at the picture's edge and another that is nearly as large does not: who stands half in a
    picture is seldom whom it was taken of (docs/decisions/0006, with figures).
    """
    if not faces:
        raise NoFace
    largest = max(faces, key=_area)
    within = [face for face in faces if not _at_edge(face.found.box) and _area(face) >= NEARLY * _area(largest)]
    return max(within or [largest], key=_area)


def subjects(faces: Sequence[AlignedFace]) -> Sequence[AlignedFace]:
    """The face that the picture is of, if there is one."""
    return [subject(faces)] if faces else []


def face_at(faces: Sequence[AlignedFace], point: Point) -> AlignedFace:
    """The face whose box has the point in it; of several the one whose middle is nearest. Raises NoFace."""
    there = [face for face in faces if _holds(face.found.box, point)]
    if not there:
        msg = "No face was found at that place of the picture."
        raise NoFace(msg)
    return min(there, key=lambda face: dist(_middle(face.found.box), point))


def choose(faces: Sequence[AlignedFace], selection: FaceSelection, point: Point | None = None) -> AlignedFace:
    """The one face that is meant. Raises NoFace, or MultipleFaces carrying `faces`.

    point: what the selection says does not matter then, the face is the one there.
    """
    if point is not None:
        return face_at(faces, point)
    if len(faces) > 1 and selection is FaceSelection.SINGLE:
        msg = f"{len(faces)} faces were found; send a picture of one, or face_selection=largest."
        raise MultipleFaces(msg, faces=tuple(faces))
    return subject(faces)


def require_quality(face: AlignedFace, least: float) -> AlignedFace:
    """The face itself, if it is good enough. Raises LowQuality carrying `quality`."""
    if face.quality.score < least:
        why = ", ".join(face.quality.reasons) or "quality"
        msg = f"The face scores {face.quality.score:.2f}, {least:.2f} is wanted: {why}."
        raise LowQuality(msg, quality=face.quality)
    return face


def in_place(faces: Sequence[AlignedFace], box: Box) -> AlignedFace:
    """The face that was seen there before. Raises NoFace: another detector may see none, or another one."""
    face = max(faces, key=lambda found: found.found.box.overlap(box), default=None)
    if face is None or face.found.box.overlap(box) < SAME_PLACE:
        msg = "No face was found where it was."
        raise NoFace(msg)
    return face


def the_one(faces: Sequence[KeepableFace]) -> KeepableFace:
    """What can be kept of the one face that was to be. Raises UnusableFace where that was left out."""
    if not faces:
        raise UnusableFace
    [face] = faces
    return face


def _area(face: AlignedFace) -> float:
    return face.found.box.area


def _middle(box: Box) -> Point:
    return box.left + box.width / 2, box.top + box.height / 2


def _holds(box: Box, point: Point) -> bool:
    x, y = point
    return box.left <= x <= box.left + box.width and box.top <= y <= box.top + box.height


def _at_edge(box: Box) -> bool:
    far = max(box.left + box.width, box.top + box.height)
    return min(box.left, box.top) < EDGE or far > 1 - EDGE
