"""Which packs are on this machine, and which of them is taken."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from app.vision.models.catalogue import CATALOGUE, entry
from app.vision.models.folder import pack_in
from app.vision.models.missing import screen
from app.vision.models.pack import Pack
from app.vision.models.trouble import LicenceRefused, ModelTrouble, PackMissing

LicenceMode = Literal["any", "commercial"]

OWN = Path(__file__).parents[3]
"""Where the service itself lies, and with it the pack `lite`."""

LAST = "lite"
"""The pack that is taken where there is no other: it comes with the service, and nobody chose it."""


def roots(model_root: Path | None) -> tuple[Path, ...]:
    """Folders that may hold `models/<pack>/*.onnx`, in the order in which they are searched."""
    places = [model_root, Path(), Path.home() / ".insightface", OWN]
    return tuple(dict.fromkeys(place.expanduser() for place in places if place is not None))


def folders(places: Iterable[Path]) -> dict[str, Path]:
    """Folders that may be packs, by name; of two with one name the first place's."""
    found: dict[str, Path] = {}
    for place in places:
        for folder in sorted((place / "models").glob("*/")):
            if next(folder.rglob("*.onnx"), None):
                found.setdefault(folder.name, folder)
    return found


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names: the catalogue's first, in its order, then the others, alphabetically, and last of all LAST."""
    rank = {known.name: n for n, known in enumerate(CATALOGUE)}
    return sorted(names, key=lambda name: (name == LAST, rank.get(name, len(rank)), name))


def present(places: Iterable[Path]) -> list[Pack]:
    """Every pack that could be loaded, likeliest first."""
    packs = []
    found = folders(places)
    for name in in_order(found):
        try:
            packs.append(pack_in(found[name]))
        except ModelTrouble:
            continue
    return packs


def choose(places: Sequence[Path], name: str = "", licence_mode: LicenceMode = "any") -> Pack:
    """Return the pack of that name, or without a name the first one that is present and allowed.

    A pack that is named, or whose turn it is, must be whole: a damaged file is refused and not passed over, since the
    pack after it makes other embeddings. Raises PackMissing (a message of one screen), PackDamaged, PackUnreadable
    and LicenceRefused.
    """
    return _allowed(_named(places, name), licence_mode) if name else _first(places, licence_mode)


def _named(places: Sequence[Path], name: str) -> Pack:
    folder = folders(places).get(name)
    if folder is None:
        raise PackMissing(screen(name, places, present(places)))
    try:
        return pack_in(folder)
    except PackMissing as error:
        raise PackMissing(screen(name, places, present(places), str(error))) from error


def _first(places: Sequence[Path], licence_mode: LicenceMode) -> Pack:
    found = folders(places)
    refused: list[Pack] = []
    for name in in_order(found):
        pack = _tried(found[name])
        if pack and (pack.commercial or licence_mode == "any"):
            return pack
        refused += [pack] if pack else []
    if refused:
        raise LicenceRefused(_refusal(refused))
    raise PackMissing(screen("", places, []))


def _tried(folder: Path) -> Pack | None:
    """Read a folder that nobody has named. One of the catalogue's is refused loudly, any other is passed over."""
    try:
        return pack_in(folder)
    except PackMissing:
        return None  # begun, never finished: `pull` leaves such a folder when it is cut off
    except ModelTrouble:
        if entry(folder.name):
            raise
        return None


def _allowed(pack: Pack, licence_mode: LicenceMode) -> Pack:
    if licence_mode == "commercial" and not pack.commercial:
        raise LicenceRefused(_refusal([pack]))
    return pack


def _refusal(packs: Iterable[Pack]) -> str:
    lines = [f"  {pack.name}: {pack.licence}" for pack in packs]
    allowed = ", ".join(known.name for known in CATALOGUE if known.commercial)
    head = "FACE_LICENSE_MODE=commercial: the licence does not allow commercial use, or is not known."
    return "\n".join([head, *lines, f"Packs that may be used commercially: {allowed}."])
