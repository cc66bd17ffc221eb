"""Labelled photos from a folder to embeddings, with a bar that shows how far it is."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import wiring
from app.config import Settings
from app.domain.collections import Model
from app.domain.errors import InvalidRequest
from app.vision.labelled import Embedded, Photo, Which, embed, photos

Folder = Annotated[Path, typer.Argument(help="Folder or zip file of PERSON/*.jpg, or GROUP/PERSON/*.jpg.")]
Face = Annotated[Which, typer.Option("--face", help="Whose face the label means where a photo shows several.")]
LeaveOut = Annotated[
    Path | None, typer.Option("--leave-out", help="File of people or PERSON/FILE, one a line, to leave out.")
]


def embedded(settings: Settings, place: Path, which: Which, leave_out: Path | None) -> tuple[Embedded, Model]:
    """One face of each photo, by the pack that the settings mean. Raises InvalidRequest, PackMissing."""
    given = without(photos(place), leave_out)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with wiring.engine_of(settings) as engine, Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("photos")
        found = asyncio.run(
            embed(engine, given, which, lambda done, total: bars.update(task, completed=done, total=total))
        )
        return found, engine.model


def without(given: Sequence[Photo], leave_out: Path | None) -> list[Photo]:
    """The photos less those that the file names. Raises InvalidRequest where it cannot be read."""
    try:
        lines = leave_out.read_text("utf-8").splitlines() if leave_out else []
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{leave_out} cannot be read: {error}."
        raise InvalidRequest(msg) from error
    unwanted = {line.partition("#")[0].strip() for line in lines}
    return [photo for photo in given if not {photo.name, photo.person} & unwanted]
