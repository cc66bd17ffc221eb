"""`python -m app backup FILE` and `restore FILE`: all that the database holds. Uploads and models are folders."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.place import place
from app.startup import in_one_screen, read_settings
from app.store import backup as files
from app.store.migrate import migrate

To = Annotated[Path, typer.Argument(help="File to write: in Postgres's custom format, for pg_restore.")]
From = Annotated[Path, typer.Argument(help="File that `backup` or pg_dump wrote.", exists=True, dir_okay=False)]


def backup(file: To) -> None:
    """Write the whole database to a file; the service may go on meanwhile."""
    with in_one_screen(), place(read_settings()) as url:
        draft = file.with_name(f"{file.name}.part")
        draft.touch(mode=0o600)
        files.dump(url, draft)
        draft.rename(file)
    typer.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB. It holds embeddings: keep it as you keep the database.")


def restore(file: From) -> None:
    """Fill an empty database from a file, then bring its schema up to date. Stop the service before."""
    with in_one_screen(), place(read_settings()) as url:
        files.restore(url, file)
        applied = migrate(url)
    typer.echo(f"Restored from {file}; {len(applied)} newer migrations were run.")
