"""What is known by name, packs and models of liveness: the files, where these come from, what they may be used for."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class File:
    """One model of a pack. sha256: "" and bytes: 0 where they are not known. url: "" where it comes in an archive."""

    name: str
    role: str
    sha256: str = ""
    bytes: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Files that belong together. archive: address of a zip with all, "" where each has its own or none is known."""

    name: str
    files: tuple[File, ...]
    licence: str
    commercial: bool
    archive: str = ""

    def file(self, role: str) -> File:
        """Return the file of a role. Raises KeyError."""
        for file in self.files:
            if file.role == role:
                return file
        raise KeyError(role)

    @property
    def bytes(self) -> int:
        """Of all files together; unknown ones count as none."""
        return sum(file.bytes for file in self.files)

    @property
    def can_be_pulled(self) -> bool:
        return bool(self.archive) or all(file.url for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Bundle):
    """A pack of the catalogue.

    Thresholds are cosine similarities: `verify` for 1:1, `identify` for 1:N. notice: what whoever runs the pack has to
    know, "" for nothing.
    """

    dimensions: int
    verify_threshold: float
    identify_threshold: float
    thresholds_from: str
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivenessEntry(Bundle):
    """Models that tell a face from its picture. threshold: of their score, 0–1, as their authors use it."""

    threshold: float


def read(text: str) -> tuple[Entry, ...]:
    """Read a catalogue's packs in TOML, in its order."""
    return tuple(Entry(**table) for table in _tables(text, "packs"))


def read_liveness(text: str) -> tuple[LivenessEntry, ...]:
    """Read a catalogue's models of liveness in TOML, in its order."""
    return tuple(LivenessEntry(**table) for table in _tables(text, "liveness"))


def _tables(text: str, kind: str) -> Iterator[dict[str, Any]]:
    told = tomllib.loads(text)
    files = {key: File(**table) for key, table in told["files"].items()}
    for table in told[kind]:
        yield {**table, "files": tuple(files[key] for key in table["files"])}


_TEXT = Path(__file__).with_suffix(".toml").read_text("utf-8")
CATALOGUE = read(_TEXT)
LIVENESS = read_liveness(_TEXT)


def entry(name: str) -> Entry | None:
    """Return the pack of that name, None where the catalogue has none."""
    return next((known for known in CATALOGUE if known.name == name), None)


def liveness_entry(name: str) -> LivenessEntry | None:
    """Return the models of liveness of that name, None where the catalogue has none."""
    return next((known for known in LIVENESS if known.name == name), None)
