"""From a folder to a Pack: by the catalogue, by its own manifest, or by the shapes of its models."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.vision.models import manifest
from app.vision.models.catalogue import Entry, entry
from app.vision.models.pack import Pack
from app.vision.models.peek import peek, role
from app.vision.models.trouble import PackDamaged, PackMissing, PackUnreadable
from app.vision.models.verify import State, check, digest

NEEDED = ("detector", "recogniser")
UNKNOWN_LICENCE = "unknown"


def pack_in(folder: Path) -> Pack:
    """Read a pack.

    A pack of the catalogue must have the published files, at least a detector and a recogniser. Raises PackMissing,
    PackDamaged and PackUnreadable.
    """
    known = entry(folder.name)
    if known:
        return _from_catalogue(known, folder)
    if told := manifest.read(folder):
        return _pack(folder, told.files, told.normalisation)
    return _pack(folder, _by_shape(folder), {})


def _from_catalogue(known: Entry, folder: Path) -> Pack:
    files: dict[str, Path] = {}
    for found in (check(file, folder) for file in known.files):
        if found.state is State.DAMAGED:
            msg = f"{found.path} is damaged: its SHA-256 is {found.sha256}, published is {found.file.sha256}."
            raise PackDamaged(msg)
        if found.state is State.MISSING and found.file.role in NEEDED:
            msg = f"{found.path} is missing."
            raise PackMissing(msg)
        if found.state is not State.MISSING:
            files[found.file.role] = found.path
    pack = _pack(folder, files, {}, known.licence, commercial=known.commercial)
    return replace(pack, notice=known.notice)


def _by_shape(folder: Path) -> dict[str, Path]:
    """Files by role; the first of a role in alphabetical order, as InsightFace takes them. Raises PackUnreadable."""
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.onnx")):
        try:
            told = role(peek(file))
        except (ValueError, OSError) as error:
            msg = f"{file} cannot be read: {error}."
            raise PackUnreadable(msg) from error
        if told:
            files.setdefault(told, file)
    return files


def _pack(
    folder: Path,
    files: Mapping[str, Path],
    normalisation: Mapping[str, tuple[float, float]],
    licence: str = UNKNOWN_LICENCE,
    *,
    commercial: bool = False,
) -> Pack:
    for needed in NEEDED:
        if needed not in files:
            msg = f"{folder} is no face-recognition pack: none of its .onnx files is a {needed}."
            raise PackUnreadable(msg)
    return Pack(
        name=folder.name,
        folder=folder,
        detector=files["detector"],
        recogniser=files["recogniser"],
        recogniser_sha256=digest(files["recogniser"]),
        licence=licence,
        commercial=commercial,
        extras={role: file for role, file in files.items() if role not in NEEDED},
        normalisation=normalisation,
    )
