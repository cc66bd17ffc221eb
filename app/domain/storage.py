"""Objects in a storage: where a gallery's photos lie, and where uploads are put."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.errors import InvalidRequest

_FOLDER = re.compile(r"(s3|r2|supabase|local)://([^/\s]+)(?:/(.*))?", re.DOTALL)

PHOTOS = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".avifs"),
        *(".heic", ".heics", ".heif", ".heifs", ".hif", ".gif", ".bmp", ".tif", ".tiff"),
    )
)
"""How names of pictures end that can be decoded here, in lower case."""

NO_PHOTOS = frozenset(("__macosx", "@eadir"))
"""Folders that macOS and Synology fill with small copies of pictures, in lower case."""


def is_photo(key: str) -> bool:
    """Tell by its name whether an object is a picture of the photographer's: no folder, nothing hidden, no litter.

    >>> [is_photo(key) for key in ("a/IMG_1.JPG", "a/", "a/._IMG_1.JPG", "a/list.pdf")]
    [True, False, False, False]
    """
    *folders, name = key.lower().split("/")
    if any(part.startswith(".") or part in NO_PHOTOS for part in (*folders, name)):
        return False
    _, dot, ending = name.rpartition(".")
    return dot + ending in PHOTOS


class Scheme(StrEnum):
    """Which storage. LOCAL: a folder of this machine, for uploads where no bucket is configured."""

    S3 = "s3"
    R2 = "r2"
    SUPABASE = "supabase"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Folder:
    """All objects of a bucket whose keys begin with `prefix`; "" is the whole bucket."""

    scheme: Scheme
    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, uri: str) -> "Folder":
        """Read `r2://bucket/galleries/123/`. Raises InvalidRequest.

        >>> Folder.parse("r2://photos/galleries/123/").prefix
        'galleries/123/'
        """
        found = _FOLDER.fullmatch(uri.strip())
        if found is None:
            msg = "A source is supabase://bucket/prefix, s3://bucket/prefix or r2://bucket/prefix."
            raise InvalidRequest(msg)
        return cls(Scheme(found[1]), found[2], found[3] or "")

    @property
    def uri(self) -> str:
        return f"{self.scheme}://{self.bucket}/{self.prefix}"

    def at(self, key: str) -> str:
        """The address of one object."""
        return f"{self.scheme}://{self.bucket}/{key}"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a listing says of an object. key: with the folder's prefix. size: bytes.

    etag: without quotes, changes with the content; "" where the storage tells none.
    """

    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """An object that was read. etag: of these very bytes."""

    content: bytes = field(repr=False)
    etag: str
