"""What a storage, or somebody who put something there, tells of single objects."""

from dataclasses import dataclass

from app.domain.collections import DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Stored:
    """An object is there, or there anew. etag: "" where it was not told. size: bytes."""

    bucket: str
    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class Removed:
    """An object is said to be gone."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Named:
    """A photo of a gallery, by its whole key or by what comes after the prefix of the gallery's source."""

    gallery_id: str
    key: str
    tenant: str = DEFAULT_TENANT


Notice = Stored | Removed | Named
