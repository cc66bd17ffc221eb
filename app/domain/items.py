"""What a job does one by one, each part for itself."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.collections import Model
from app.domain.faces import Box, KeepableFace
from app.domain.jobs import Failure
from app.domain.members import MemberDraft, Origin


class ItemState(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be done. key: of an object. member_id: whose it is, "" where the key does not say."""

    key: str
    etag: str
    member_id: str


@dataclass(frozen=True, slots=True)
class ClaimedItem:
    """What a worker has in hand. key: of an object, or the id of a face. claims: how often one had it, with this time.

    attempts: that failed.
    """

    item_id: str
    key: str
    member_id: str
    claims: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Item:
    """An item as the API shows it. error: of the last attempt."""

    item_id: str
    key: str
    member_id: str
    state: ItemState
    attempts: int
    error: Failure | None


@dataclass(frozen=True, slots=True)
class Original:
    """What a kept face was taken from: whose it is, where it came from, and where in that picture it is."""

    member_id: str
    digest: str
    source: str
    box: Box

    @property
    def picture(self) -> str:
        """SHA-256 of the picture, in hex. Of a face that was indexed the digest says more."""
        return self.digest.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is kept of an item. replace: the faces that the member had before the job began go."""

    member: MemberDraft
    face: KeepableFace
    origin: Origin
    model: Model
    replace: bool = False
