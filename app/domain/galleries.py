"""A photographer's gallery: its photos, its clients, and who is in which photo."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.collections import CollectionRef, Model
from app.domain.faces import Box, KeepableFace
from app.domain.jobs import Failure, JobState
from app.domain.matching import Decision
from app.domain.storage import Folder

_CLIENTS = "gallery."
"""How the name of a collection of clients begins; the gallery's id follows."""

MOST_FACES = 100
"""Faces of one photo that are searched unless the gallery says otherwise: galleries are full of group photos."""


@dataclass(frozen=True, slots=True)
class GalleryRef:
    """Which gallery, and whose."""

    tenant: str
    gallery_id: str

    @property
    def clients(self) -> CollectionRef:
        """The collection whose members are the gallery's clients."""
        return CollectionRef(self.tenant, f"{_CLIENTS}{self.gallery_id}")

    @classmethod
    def of_clients(cls, ref: CollectionRef) -> "GalleryRef | None":
        """The gallery whose clients are the collection's members, if there can be one."""
        return cls(ref.tenant, ref.name.removeprefix(_CLIENTS)) if ref.name.startswith(_CLIENTS) else None


@dataclass(frozen=True, slots=True)
class GalleryDraft:
    """What a caller says of a gallery. threshold: None where the service is to choose."""

    source: Folder
    name: str = ""
    threshold: float | None = None
    max_faces: int = MOST_FACES
    webhook_url: str = ""


class PhotoState(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    DONE = "done"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PhotoCounts:
    """Photos by their state."""

    pending: int = 0
    processing: int = 0
    done: int = 0
    error: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.processing + self.done + self.error


@dataclass(frozen=True, slots=True)
class Gallery:
    """webhook_secret: what its own webhook signs with, said once, to whoever made that; otherwise ""."""

    gallery_id: str
    name: str
    source: Folder
    threshold: float | None
    max_faces: int
    webhook_url: str
    clients: int
    photos: PhotoCounts
    created_at: datetime
    updated_at: datetime
    webhook_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a gallery is.

    job_id, state: of its last run, "" and done where there was none. listed: whether all photos of it are known.
    cached: photos of it that needed no work. rate: photos a second, lately.
    """

    photos: PhotoCounts
    job_id: str
    state: JobState
    listed: bool
    cached: int
    rate: float

    @property
    def percent(self) -> float:
        """Of the photos that are known, 0–100. An empty gallery that was listed is done."""
        total = self.photos.total
        return 100 * (self.photos.done + self.photos.error) / total if total else 100.0 * self.listed

    @property
    def eta_seconds(self) -> float | None:
        """None where nothing moves yet."""
        left = self.photos.pending + self.photos.processing
        if not left:
            return 0.0
        return left / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class Basis:
    """What the result of a photo depends on beside its content and the clients."""

    model: Model
    threshold: float
    review_margin: float
    max_faces: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A photo that a worker has in hand.

    claims: how often one had it, this time included. attempts: that failed. kept: whether its faces are known already,
    so that it need not be fetched.
    """

    photo_id: str
    key: str
    etag: str
    claims: int
    attempts: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo whose faces are known, ready to be kept. etag: of the bytes that were read."""

    photo: Claimed
    etag: str
    width: int
    height: int
    faces_detected: int
    faces: tuple[KeepableFace, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """A face of a photo and a client it may be. similarity: to the best of the client's faces, cosine."""

    face_id: str
    client_id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Assigned:
    """Whom a face was given to."""

    pair: Pair
    decision: Decision


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A face of a photo. client_id: who it is, "" where nobody knows; similarity and decision go with it."""

    face_id: str
    box: Box
    det_score: float
    quality: float
    client_id: str
    client_name: str
    similarity: float | None
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Photo:
    photo_id: str
    key: str
    state: PhotoState
    width: int
    height: int
    faces_detected: int
    attempts: int
    error: Failure | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientPhoto:
    """A photo that a client is in. face: theirs."""

    photo_id: str
    key: str
    face_id: str
    box: Box
    similarity: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class Client:
    """A person to be found. faces: enrolled; photos: they are in, by decision «match»."""

    client_id: str
    name: str
    faces: int
    photos: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would do. listed: objects of the source; to_process: photos new or changed; ignored: no photos."""

    listed: int
    to_process: int
    cached: int
    ignored: int
    seconds: float | None
