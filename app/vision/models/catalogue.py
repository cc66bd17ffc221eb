"""The packs that are known by name: their files, where these come from, what they may be used for."""

import tomllib
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Entry:
    """A pack of the catalogue. archive: address of a zip with all files, "" where each has its own or none is known.

    Thresholds are cosine similarities: `verify` for 1:1, `identify` for 1:N. notice: what whoever runs the pack has to
    know, "" for nothing.
    """

    name: str
    files: tuple[File, ...]
    licence: str
    commercial: bool
    dimensions: int
    verify_threshold: float
    identify_threshold: float
    thresholds_from: str
    archive: str = ""
    notice: str = ""

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


def read(text: str) -> tuple[Entry, ...]:
    """Read a catalogue in TOML, in its order."""
    tables = tomllib.loads(text)
    files = {key: File(**table) for key, table in tables["files"].items()}
    return tuple(_entry(table, files) for table in tables["packs"])


def _entry(table: dict[str, Any], files: Mapping[str, File]) -> Entry:
    return Entry(**{**table, "files": tuple(files[key] for key in table["files"])})


CATALOGUE = read(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def entry(name: str) -> Entry | None:
    """Return the pack of that name, None where the catalogue has none."""
    return next((known for known in CATALOGUE if known.name == name), None)
