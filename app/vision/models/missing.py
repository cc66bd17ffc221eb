"""One screen for the operator whose model pack is not there: what is missing, where from, where to, what there is."""

from collections.abc import Sequence
from pathlib import Path

from app.vision.models.catalogue import CATALOGUE, LIVENESS, Bundle, Entry, entry
from app.vision.models.pack import Pack

MEGABYTE = 1_000_000


def screen(name: str, places: Sequence[Path], packs: Sequence[Pack], why: str = "") -> str:
    """Write it. name: "" where none was asked for. packs: those that are present. why: the file that is missing."""
    wanted = entry(name) if name else None
    return "\n".join(
        [
            f"The model pack «{name}» is missing." if name else "There is no model pack on this machine.",
            *([why] if why else []),
            "",
            *_how(name, wanted, places[0]),
            "",
            "Searched: " + ", ".join(str(place.absolute() / "models") for place in places),
            "Present:  " + (", ".join(f"{pack.name} ({pack.licence})" for pack in packs) or "none"),
        ]
    )


def _how(name: str, wanted: Entry | None, place: Path) -> list[str]:
    if wanted is None:
        known = ", ".join(pack.name for pack in CATALOGUE if pack.can_be_pulled)
        head = f"The catalogue has no pack «{name}». " if name else ""
        return [f"{head}To download one (needs the internet):  python -m app models pull NAME", f"NAME: {known}"]
    return [*_files(wanted, place / "models" / wanted.name), "", *_pull(wanted)]


def _files(wanted: Bundle, folder: Path) -> list[str]:
    lines = [f"Put these files into {folder.absolute()}:"]
    for file in wanted.files:
        size = f"{file.bytes / MEGABYTE:.1f} MB" if file.bytes else "size not published"
        lines.append(f"  {file.name:<38} {file.role:<16} {size}")
        lines += [f"    from {file.url}"] if file.url else []
    return [*lines, f"They come together in {wanted.archive}"] if wanted.archive else lines


def _pull(wanted: Bundle) -> list[str]:
    if not wanted.can_be_pulled:
        return ["No public address of this pack is known: copy it from where you have it."]
    return [f"Or, with the internet at hand:  python -m app models pull {wanted.name}", f"Licence: {wanted.licence}"]


def liveness_screen(name: str, places: Sequence[Path]) -> str:
    """The same for the models that tell a face from its picture. name: "" where any would do."""
    wanted = next((known for known in LIVENESS if known.name == name), LIVENESS[0])
    known = ", ".join(each.name for each in LIVENESS)
    return "\n".join(
        [
            f"{f'LIVENESS_MODEL={name}' if name else 'LIVENESS_MODE'} asks for models of liveness that are not here.",
            "",
            *_files(wanted, places[0] / "models" / wanted.name),
            "",
            *_pull(next(each for each in (wanted, *LIVENESS) if each.can_be_pulled)),
            "",
            "Searched: " + ", ".join(str(place.absolute() / "models") for place in places) + f" for {known}",
        ]
    )
