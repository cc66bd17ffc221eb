"""`calibrate FOLDER`: measure how often the loaded recogniser takes different people for one."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app import wiring
from app.commands.photos import embedded
from app.config import Settings
from app.domain.calibration import Curve
from app.domain.collections import DEFAULT_TENANT, CollectionRef, Model
from app.domain.comparisons import compare, curve_of, most_similar
from app.domain.errors import InvalidRequest
from app.services.report import curve_json
from app.store.migrate import migrate
from app.store.open import open_store
from app.vision.labelled import Embedded, Which
from app.vision.models import curves

SHOWN = 20

Collection = Annotated[str, typer.Option("--collection", help="Keep the curve for this collection.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the curve here, as PUT …/calibration takes it.")]
Toml = Annotated[Path | None, typer.Option("--toml", help="Write the curve here, as the service's own are kept.")]


def calibrate(
    settings: Settings, folder: Path, which: Which, leave_out: Path | None, keep: tuple[str, Path | None, Path | None]
) -> None:
    """Print the curve and the most similar strangers. keep: collection, JSON and TOML file, "" or None for none.

    Raises InvalidRequest, PackMissing, CollectionNotFound, DatabaseUnavailable.
    """
    found, model = embedded(settings, folder, which, leave_out)
    curve = _measured(found, folder.name)
    collection, as_json, as_toml = keep
    if collection:
        with wiring.database_at(settings.database) as url:
            migrate(url)
            asyncio.run(_keep(url, collection, model, curve))
    if as_json:
        as_json.write_text(json.dumps(curve_json(curve), indent=1) + "\n", "utf-8")
    if as_toml:
        as_toml.write_text(curves.written(curve, model.recogniser_sha256), "utf-8")
    _show(found, curve)


def _measured(found: Embedded, source: str) -> Curve:
    try:
        return curve_of(compare(found.faces), source)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


async def _keep(url: str, collection: str, model: Model, curve: Curve) -> None:
    async with open_store(url, pool_size=1, timeout=10) as store:
        await store.curves.put(CollectionRef(DEFAULT_TENANT, collection), model, curve)


def _show(found: Embedded, curve: Curve) -> None:
    console = Console()
    skipped = ", ".join(f"{count} × {reason}" for reason, count in found.skipped.items()) or "none"
    console.print(f"{len(found.persons)} photos of {curve.people} people; without a usable face: {skipped}")
    table = Table("false match rate", "cosine similarity", "")
    for rate, similarity in curve.points:
        table.add_row(f"{rate:.1e}", f"{similarity:.3f}", str(curve.basis(similarity)))
    console.print(table)
    typer.echo("The most similar photos of different people. One person under two names belongs into --leave-out:")
    for similarity, one, other in most_similar(found.faces, SHOWN):
        typer.echo(f"  {similarity:.3f}  {one}  {other}")
