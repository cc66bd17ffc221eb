"""Which models of liveness are on this machine, and which of them are taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.vision.models.catalogue import LIVENESS, LivenessEntry, liveness_entry
from app.vision.models.find import LicenceMode
from app.vision.models.missing import liveness_screen
from app.vision.models.trouble import LicenceRefused, PackDamaged, PackMissing
from app.vision.models.verify import State, verify

ADDONS = "addons"
"""Where insightface itself keeps the one of its own, beside `models`."""


@dataclass(frozen=True, slots=True)
class LivenessPack:
    """files: by role, see app.vision.liveness. threshold: as in the catalogue."""

    name: str
    files: Mapping[str, Path]
    licence: str
    commercial: bool
    threshold: float


def choose(
    places: Sequence[Path], pack: Path, name: str = "", licence_mode: LicenceMode = "any"
) -> LivenessPack | None:
    """Return the models of that name, or without a name the first that are here and allowed; None where none are.

    pack: folder of the face-recognition pack, which may carry some. Raises PackDamaged where a file is not the
    published one, PackMissing and LicenceRefused for what is named and is not here or not allowed.
    """
    if name:
        return _allowed(_named(places, pack, name), licence_mode)
    wanted = [known for known in LIVENESS if known.commercial or licence_mode == "any"]
    found = (_found(known, places, pack) for known in wanted)
    return next((each for each in found if each), None)


def _named(places: Sequence[Path], pack: Path, name: str) -> LivenessPack:
    known = liveness_entry(name)
    found = _found(known, places, pack) if known else None
    if found is None:
        raise PackMissing(liveness_screen(name, places))
    return found


def _allowed(found: LivenessPack, licence_mode: LicenceMode) -> LivenessPack:
    if licence_mode == "commercial" and not found.commercial:
        msg = f"FACE_LICENSE_MODE=commercial: the licence of {found.name} is «{found.licence}»."
        raise LicenceRefused(msg)
    return found


def _found(known: LivenessEntry, places: Sequence[Path], pack: Path) -> LivenessPack | None:
    return next((_whole(known, folder) for folder in _folders(known, places, pack) if _is_here(known, folder)), None)


def _folders(known: LivenessEntry, places: Sequence[Path], pack: Path) -> Iterator[Path]:
    yield from (place / "models" / known.name for place in places)
    yield pack
    yield from (place / ADDONS for place in places)


def _is_here(known: LivenessEntry, folder: Path) -> bool:
    return all((folder / file.name).is_file() for file in known.files)


def _whole(known: LivenessEntry, folder: Path) -> LivenessPack:
    for found in verify(known, folder):
        if found.state is State.DAMAGED:
            msg = f"{found.path} is damaged: its SHA-256 is {found.sha256}, published is {found.file.sha256}."
            raise PackDamaged(msg)
    files = {file.role: folder / file.name for file in known.files}
    return LivenessPack(known.name, files, known.licence, known.commercial, known.threshold)
