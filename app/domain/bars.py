"""How good a face must be for what is asked. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.faces import AlignedFace


class QualityFilter(StrEnum):
    """AUTO: as good as an enrolment wants it."""

    NONE = "NONE"
    AUTO = "AUTO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


LEAST = {QualityFilter.NONE: 0.0, QualityFilter.LOW: 0.15, QualityFilter.MEDIUM: 0.45, QualityFilter.HIGH: 0.75}
"""Quality 0–1. Our choice: HIGH leaves what nothing at all is wrong with, LOW drops what cannot be recognised."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """A picture's faces, largest first: those to be used, those too poor, and those beyond the number wanted."""

    good: tuple[AlignedFace, ...]
    poor: tuple[AlignedFace, ...]
    many: tuple[AlignedFace, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """automatic: least quality where AUTO is asked for."""

    automatic: float

    def sort(self, faces: Sequence[AlignedFace], wanted: QualityFilter, most: int) -> Sorted:
        """Faces of poor quality go first, then the smallest."""
        least = LEAST.get(wanted, self.automatic)
        good = [face for face in faces if face.quality.score >= least]
        poor = [face for face in faces if face.quality.score < least]
        return Sorted(tuple(good[:most]), tuple(poor), tuple(good[most:]))
