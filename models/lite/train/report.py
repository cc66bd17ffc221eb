"""All figures of the model card in one table, as Markdown."""

from collections.abc import Sequence
from pathlib import Path

from app.vision.labelled import SUFFIXES
from app.vision.models.folder import pack_in
from app.vision.models.pack import Pack
from models.lite.train.evaluate import Found, Recognised, central, groups, recognised
from models.lite.train.look import CANVAS, Seen


def written(known: Seen, held_out: frozenset[str], pictures: Path, teacher: Pack, pack: Path) -> str:
    """Measure student and teacher, and write it down. pictures: a folder of photographs of several people."""
    photos, student = known.people(held_out, inside=True), pack_in(pack)
    crowds = sorted(file for file in pictures.iterdir() if file.suffix.lower() in SUFFIXES)
    ours, theirs = (recognised(known, photos, each.recogniser) for each in (student, teacher))
    looks = {
        f"held-out people, enlarged to {CANVAS} pixels": central(known, photos, student, CANVAS, enlarged=True),
        "the same photographs as the service sees them": central(known, photos, student, CANVAS, enlarged=False),
        f"{len(crowds)} photographs of several people": groups(crowds, teacher.detector, student),
    }
    return "\n".join([*_recognition(ours, theirs), "", *_detection(looks)])


def _recognition(ours: Recognised, theirs: Recognised) -> Sequence[str]:
    rows = (
        (
            "6,000 pairs, ten folds",
            f"{ours.accuracy:.4f} ± {ours.spread:.4f}",
            f"{theirs.accuracy:.4f} ± {theirs.spread:.4f}",
        ),
        ("500 people searched, rank 1", f"{ours.rank1:.4f}", f"{theirs.rank1:.4f}"),
        ("found where 1 % of strangers are named", f"{ours.tpir:.4f}", f"{theirs.tpir:.4f}"),
    )
    return ["| recogniser | `lite` | its teacher |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]


def _detection(looks: dict[str, Found]) -> Sequence[str]:
    rows = [
        f"| {name} | {found.recall:.4f} | {found.precision:.4f} | {found.landmarks:.1%} |"
        for name, found in looks.items()
    ]
    head = "| detector, against its teacher | found | right of what it says | landmarks off, in eye distances |"
    return [head, "|---|---|---|---|", *rows]
