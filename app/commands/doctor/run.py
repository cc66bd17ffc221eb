"""Look at everything in turn, say what was found, and end with a status that scripts can read."""

import asyncio
from collections.abc import Iterator

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from app import logs
from app.commands.doctor import database
from app.commands.doctor.finding import Finding, State, bad, ok
from app.commands.doctor.machine import machine
from app.commands.doctor.models import models
from app.commands.doctor.rekognition import rekognition
from app.commands.doctor.storages import storages
from app.config import Settings
from app.domain.errors import DatabaseUnavailable
from app.startup import load_settings, unusable
from app.vision.models.trouble import ModelTrouble
from app.wiring import find_pack, identities

COLOURS = {State.OK: "green", State.LOOK: "yellow", State.BAD: "red"}


def doctor() -> None:
    """Say what keeps the service from its work, and how to mend it. Exit status 1 where something does."""
    findings = list(examine())
    table = Table("part", "", "what was found", "what to do", show_lines=False, box=None)
    for found in findings:
        state = f"[{COLOURS[found.state]}]{found.state}[/]"
        table.add_row(found.part, state, found.says, found.mend)
    Console(width=None if Console().is_terminal else 200, soft_wrap=False).print(table)
    if any(found.state is State.BAD for found in findings):
        raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Everything, the settings first: nothing else can be looked at without them."""
    try:
        settings = load_settings()
    except ValidationError as invalid:
        yield from (bad("settings", wrong, ".env.example has what it may be.") for wrong in unusable(invalid))
        return
    logs.configure("error", settings.server.service_name)
    yield ok("settings", "All can be used.")
    yield from machine(settings)
    yield from models(settings)
    yield from _kept(settings)


def _kept(settings: Settings) -> Iterator[Finding]:
    sources: list[str] = []
    remote: list[str] = []
    try:
        with database.opened(settings) as patient:
            yield from database.database(patient)
            current = database.migrations(patient)
            yield current
            if current.state is State.OK:
                yield from database.contents(patient, settings, _recognisers(settings))
                sources, remote = patient.sources(), patient.remote_collections()
    except DatabaseUnavailable as error:
        yield database.unreachable(error)
    yield from asyncio.run(storages(settings, sources))
    yield from asyncio.run(rekognition(settings, remote))


def _recognisers(settings: Settings) -> list[str]:
    try:
        return identities(settings, find_pack(settings))
    except ModelTrouble:
        return []
