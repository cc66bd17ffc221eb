"""`python -m app secrets rotate`: have the first of ENCRYPTION_KEY seal what any of them sealed."""

import asyncio

import typer

from app import wiring
from app.config import Settings
from app.startup import in_one_screen, read_settings

app = typer.Typer(no_args_is_help=True, help="Secrets that are kept: webhooks' and the like.")


@app.callback()
def group() -> None:
    """Secrets that are kept: webhooks' and the like."""


@app.command()
def rotate() -> None:
    """Seal all secrets that are kept anew, with the first key of ENCRYPTION_KEY."""
    settings = read_settings()
    with in_one_screen():
        count = asyncio.run(_rotate(settings))
    typer.echo(f"{count} secrets were sealed anew.")


async def _rotate(settings: Settings) -> int:
    with wiring.database_at(settings.database) as url:
        return await wiring.reseal(settings, url)
