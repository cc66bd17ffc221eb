"""Whether the files of a pack are the ones that were published."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from app.vision.models.catalogue import Bundle, File


class State(StrEnum):
    OK = "ok"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNKNOWN = "no published hash"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one file. sha256: of what is there, "" where nothing is."""

    file: File
    path: Path
    state: State
    sha256: str = ""


def check(file: File, folder: Path) -> Check:
    """Compare a file with its published hash. Raises OSError where it cannot be read."""
    path = folder / file.name
    if not path.is_file():
        return Check(file, path, State.MISSING)
    sha256 = digest(path)
    if not file.sha256:
        return Check(file, path, State.UNKNOWN, sha256)
    return Check(file, path, State.OK if sha256 == file.sha256 else State.DAMAGED, sha256)


def verify(pack: Bundle, folder: Path) -> tuple[Check, ...]:
    """Check every file of a pack, in the catalogue's order."""
    return tuple(check(file, folder) for file in pack.files)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex; read once for as long as its size and time stay the same."""
    seen = path.stat()
    return _digest(path, seen.st_size, seen.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, changed: int) -> str:  # noqa: ARG001 - they are the cache's key
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
