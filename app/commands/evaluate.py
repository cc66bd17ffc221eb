"""`evaluate FOLDER`: write a report on how well the loaded model tells the folder's people apart."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.commands.photos import embedded
from app.config import Settings
from app.domain.errors import InvalidRequest
from app.services.evaluate import Evaluation
from app.services.evaluate import evaluate as measure
from app.services.report import files
from app.vision.labelled import Embedded, Which

Out = Annotated[Path, typer.Option("--out", help="Folder for report.html, report.json and the plots.")]
Groups = Annotated[Path | None, typer.Option("--groups", help="CSV or TSV file: person, group.")]


def evaluate(
    settings: Settings, folder: Path, which: Which, leave_out: Path | None, *, groups: Path | None, out: Path
) -> None:
    """Write the report, print the most important of it. Raises InvalidRequest, PackMissing."""
    labels = read_groups(groups) if groups else {}
    found, model = embedded(settings, folder, which, leave_out)
    report = measure(found.faces, grouped(found, labels), model, folder.name)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files(report, found.skipped).items():
        (out / name).write_text(text, "utf-8")
    _show(report)
    typer.echo(f"The whole report: {out / 'report.html'}")


def read_groups(file: Path) -> dict[str, str]:
    """Groups by person. The first line may name the columns. Raises InvalidRequest."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read: {error}."
        raise InvalidRequest(msg) from error
    rows = list(csv.reader(text.splitlines(), delimiter="\t" if "\t" in text else ","))
    if any(len(row) < 2 for row in rows if row):  # noqa: PLR2004 - person and group
        msg = f"{file} needs two columns: person, group."
        raise InvalidRequest(msg)
    return {row[0].strip(): row[1].strip() for row in rows if row}


def grouped(found: Embedded, labels: Mapping[str, str]) -> Sequence[str]:
    """The group of each face: as the file says, else the folder above the person's."""
    if not labels:
        return found.groups
    return [labels.get(person.rpartition("/")[2], "") for person in found.persons]


def _show(report: Evaluation) -> None:
    typer.echo(
        f"{report.photos} photos of {report.people} people; equal error rate {report.verification.equal_error:.4f}"
    )
    for each in report.verification.operations:
        share = f"{each.true.value:.4f} ({each.true.low:.4f}–{each.true.high:.4f})"
        typer.echo(f"TMR at FMR {each.false:.0e}: {share}, from {each.threshold:.3f}")
    if report.identification:
        found = report.identification
        typer.echo(f"1:N, {found.gallery} members, {found.strangers} strangers: rank-1 {found.rank1.value:.4f}")
        for each in found.operations:
            typer.echo(f"TPIR at FPIR {each.false:g}: {each.true.value:.4f}, from {each.threshold:.3f}")
