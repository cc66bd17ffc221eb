"""The files of the page, read once: what they are, packed, and how they are told apart from older ones."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType

FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"
PLACEHOLDER = b"EDITION"
"""Stands in the index where the edition belongs."""

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".webmanifest": "application/manifest+json",
    }
)
"""All kinds that there are; a file of another kind is refused when the page is first asked for."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file. packed: the same by gzip. tag: its entity tag (RFC 9110, 8.8.3)."""

    content: bytes
    packed: bytes
    media_type: str
    tag: str


@dataclass(frozen=True, slots=True)
class Assets:
    """edition: the same while every file is; it is a part of the addresses of all but the index."""

    index: Asset
    edition: str
    files: Mapping[str, Asset]


@cache
def assets() -> Assets:
    """All files by their path below the folder. Nothing else can be asked for, whatever the address says."""
    found = {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in sorted(FOLDER.rglob("*.*"))}
    edition = sha256(repr(found).encode()).hexdigest()[:16]
    index = found.pop(INDEX).replace(PLACEHOLDER, edition.encode())
    return Assets(_asset(INDEX, index), edition, {name: _asset(name, content) for name, content in found.items()})


def _asset(name: str, content: bytes) -> Asset:
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    return Asset(content, gzip.compress(content, mtime=0), MEDIA_TYPES[PurePosixPath(name).suffix], tag)
