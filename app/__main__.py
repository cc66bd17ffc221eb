"""The command line: `python -m app serve | migrate | models … | calibrate | evaluate`."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import typer
import uvicorn
from dotenv import load_dotenv
from pydantic import ValidationError

from app import config, wiring
from app.commands.calibrate import Collection, Json, Toml
from app.commands.calibrate import calibrate as run_calibrate
from app.commands.evaluate import Groups, Out
from app.commands.evaluate import evaluate as run_evaluate
from app.commands.photos import Face, Folder, LeaveOut
from app.config import Settings
from app.domain.errors import FaceReconError
from app.store.migrate import migrate as migrate_database
from app.vision.labelled import Which
from app.vision.models import cli as models
from app.vision.models.trouble import ModelTrouble

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Self-hosted face recognition.")
app.add_typer(models.app, name="models")

GRACE_SECONDS = 20


@app.command()
def serve() -> None:
    """Serve HTTP on HOST and PORT. Settings come from the environment and from .env."""
    settings = _settings()
    _refuse_strangers(settings)
    with _in_one_screen(), _shared(settings):
        wiring.find_pack(settings)
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            host=settings.server.host,
            port=settings.server.port,
            workers=settings.server.web_concurrency,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date, then stop."""
    settings = _settings()
    with _in_one_screen(), wiring.database_url(settings.database) as url:
        applied = migrate_database(url)
    typer.echo("\n".join(applied) or "The schema is current.")


@app.command()
def calibrate(
    folder: Folder,
    *,
    face: Face = Which.LARGEST,
    leave_out: LeaveOut = None,
    collection: Collection = "",
    json: Json = None,
    toml: Toml = None,
) -> None:
    """Measure how often the model pack takes different people for one, on labelled photos."""
    settings = _settings()
    with _in_one_screen():
        run_calibrate(settings, folder, face, leave_out, (collection, json, toml))


@app.command()
def evaluate(
    folder: Folder,
    *,
    face: Face = Which.LARGEST,
    leave_out: LeaveOut = None,
    groups: Groups = None,
    out: Out = Path("evaluation"),
) -> None:
    """Measure how well the model pack tells people apart, on labelled photos, and write a report."""
    settings = _settings()
    with _in_one_screen():
        run_evaluate(settings, folder, face, leave_out, groups=groups, out=out)


def _settings() -> Settings:
    load_dotenv(".env")
    try:
        return Settings()
    except ValidationError as invalid:
        prefix = getattr(config, invalid.title).model_config["env_prefix"]
        wrong = [f"{prefix}{e['loc'][0]}".upper() + f": {e['msg']}" for e in invalid.errors()]
        _stop("\n".join(["These settings cannot be used:", *wrong]))


def _refuse_strangers(settings: Settings) -> None:
    if settings.server.admin_token is None and not _is_loopback(settings.server.host):
        _stop(
            f"HOST={settings.server.host} lets other machines in, and there is no key to tell who they are.\n"
            "Set ADMIN_TOKEN to a secret of 16 characters or more, or HOST=127.0.0.1."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _in_one_screen() -> Iterator[None]:
    """What keeps the service from starting is said in words, without a traceback."""
    try:
        yield
    except (ModelTrouble, FaceReconError) as error:
        _stop(str(error))


@contextmanager
def _shared(settings: Settings) -> Iterator[None]:
    """What several serving processes have in common: one embedded database, one folder of metrics."""
    if settings.server.web_concurrency == 1:
        yield
        return
    with wiring.database_url(settings.database) as url, tempfile.TemporaryDirectory() as metrics:
        os.environ |= {"DATABASE_URL": url, "PROMETHEUS_MULTIPROC_DIR": metrics}
        yield


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    app()
