"""The six ways in which a caller may say which picture is meant, and the bytes once they are here."""

from dataclasses import dataclass, field

from app.domain.errors import SourceNotKept


@dataclass(frozen=True, slots=True)
class Upload:
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Base64:
    """Standard or URL-safe alphabet, padding optional, a `data:` prefix allowed."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Url:
    """http or https; share links of Google Drive are understood."""

    url: str


@dataclass(frozen=True, slots=True)
class SupabasePath:
    """`bucket/path`, or a path in the default bucket."""

    path: str


@dataclass(frozen=True, slots=True)
class StorageKey:
    """`s3://bucket/key` or `r2://bucket/key`."""

    uri: str


@dataclass(frozen=True, slots=True)
class LocalPath:
    """A file below the folder of this machine that is open to callers: its path from there, or its whole path."""

    path: str


ImageRef = Upload | Base64 | Url | SupabasePath | StorageKey | LocalPath


@dataclass(frozen=True, slots=True)
class FetchedImage:
    """A picture's bytes as they came. source: what may be kept of where it came from (no signature, no token)."""

    content: bytes = field(repr=False)
    source: str


def kept_at(source: str) -> ImageRef:
    """How to have a picture again, by what was kept of where it came from. Raises SourceNotKept for uploads."""
    scheme, _, rest = source.partition("://")
    if scheme in ("s3", "r2"):
        return StorageKey(source)
    if scheme == "supabase":
        return SupabasePath(source)
    if scheme in ("http", "https"):
        return Url(source)
    if scheme == "file":
        return LocalPath(rest)
    raise SourceNotKept
