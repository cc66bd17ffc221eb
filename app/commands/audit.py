"""`python -m app audit verify`: whether the audit log is as it was written, in the database or in a file of lines."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from app.commands.place import place
from app.config import Settings
from app.domain.audit import BEGINNING, Anchor, Chain, Line, Verdict
from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import InvalidRequest
from app.services.audit import Audit
from app.startup import in_one_screen, read_settings
from app.store.audit import PgAuditStore
from app.store.pool import open_pool
from app.store.seal import Seal

app = typer.Typer(no_args_is_help=True, help="The log of who did what.")

File = Annotated[
    Path | None, typer.Argument(help="Lines from GET /audit?format=ndjson. Unset: the database.", exists=True)
]
Tenant = Annotated[str, typer.Option(help="Whose log.")]
From = Annotated[str, typer.Option("--anchor", metavar="SEQUENCE:HASH", help="A line that is known.")]


@app.callback()
def group() -> None:
    """The log of who did what."""


@app.command()
def verify(file: File = None, *, tenant: Tenant = DEFAULT_TENANT, anchor: From = "") -> None:
    """Hold every line against the one before it. Ends with status 1 where the chain is broken."""
    with in_one_screen():
        start = _anchor(anchor) if anchor else None
        verdict = _of_file(file, start) if file else asyncio.run(_of_database(read_settings(), tenant, start))
    typer.echo(_told(verdict))
    raise typer.Exit(0 if verdict.is_whole else 1)


def _anchor(text: str) -> Anchor:
    sequence, _, digest = text.partition(":")
    if not (sequence.isdecimal() and digest):
        msg = "An anchor is the number of a line and its hash: 17:9f86d0…"
        raise InvalidRequest(msg)
    return Anchor(int(sequence), digest)


def _of_file(file: Path, start: Anchor | None) -> Verdict:
    """Of lines that were exported whole, from any line on. Raises InvalidRequest for a file of anything else."""
    try:
        lines = [Line.of(json.loads(text)) for text in file.read_text("utf-8").splitlines()]
    except (KeyError, TypeError, ValueError):
        msg = f"{file} is not the audit log as lines of JSON."
        raise InvalidRequest(msg) from None
    if not lines:
        return Chain(BEGINNING).end(BEGINNING)
    chain = Chain(start or Anchor(lines[0].sequence - 1, lines[0].previous))
    for line in lines:
        if start is None or line.sequence > start.sequence:
            chain.add(line)
    return chain.end(lines[-1].anchor)


async def _of_database(settings: Settings, tenant: str, start: Anchor | None) -> Verdict:
    timeout = settings.database.database_timeout_seconds
    with place(settings) as url:
        async with open_pool(url, size=1, timeout=timeout) as pool:
            return await Audit(PgAuditStore(pool, Seal())).verify(tenant, start)


def _told(verdict: Verdict) -> str:
    if not verdict.is_whole:
        return f"Broken: {verdict.why}"
    return f"Whole: {verdict.checked} lines. Head: {verdict.head.sequence}:{verdict.head.hash}"
