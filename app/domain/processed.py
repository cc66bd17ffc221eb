"""Pictures that were searched for people of a collection: what is kept of them, which is never the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.matching import Decision

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was found. face: the number of the picture's face, from 0. face_id: their kept face most like it."""

    face: int
    member_id: str
    face_id: str
    similarity: float
    decision: Decision
    name: str = ""

    @property
    def distance(self) -> float:
        """Cosine distance: 1 − similarity, 0…2."""
        return 1 - self.similarity


@dataclass(frozen=True, slots=True)
class Looked:
    """What came out of a picture. digest: SHA-256 of its bytes, in hex. source: never a signed address.

    faces: as JSON, those that were searched, largest first; faces_detected counts all. found: best first.
    """

    digest: str
    source: str
    width: int
    height: int
    faces_detected: int
    threshold: float
    model: str
    faces: Sequence[Json]
    found: Sequence[Found]


@dataclass(frozen=True, slots=True)
class ProcessedImage:
    image_id: str
    collection: str
    looked: Looked
    created_at: datetime

    @property
    def matched(self) -> bool:
        """Whether somebody was found for sure, and not only for a person to look at."""
        return any(found.decision is Decision.MATCH for found in self.looked.found)


@dataclass(frozen=True, slots=True)
class History:
    """Which pictures are meant; None: all. identity: somebody who was found. source: how it begins.

    since, until: when they were processed, the latter excluded.
    """

    collection: str | None = None
    matched: bool | None = None
    identity: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How pictures are to be searched. threshold: None for the service's own. attributes: guess ages and the like."""

    top_k: int = 1
    threshold: float | None = None
    attributes: bool = False
