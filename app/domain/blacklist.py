"""People who are watched for: members of a collection of the kind «blacklist», with the reason and for how long."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.faces import Box
from app.domain.matching import Decision
from app.domain.members import Metadata

BLACKLIST = "blacklist"
"""The collection that is meant where none is named."""


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What is said of an entry. None leaves what is kept as it is. endless: it is to have no expiry."""

    entry_id: str
    name: str | None = None
    reason: str | None = None
    metadata: Metadata | None = None
    active: bool | None = None
    expires_at: datetime | None = None
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """in_force: whether it is matched now: it is active and has not expired. images: faces that are kept of it.

    hits: pictures it was found in.
    """

    entry_id: str
    name: str
    reason: str
    metadata: Metadata
    active: bool
    expires_at: datetime | None
    in_force: bool
    images: int
    hits: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture in which an entry was found. box: of the face in it. face_id: the face of the entry that is most alike.

    similarity: cosine, −1…1.
    """

    image_id: str
    source: str
    face_id: str
    similarity: float
    decision: Decision
    box: Box
    created_at: datetime
