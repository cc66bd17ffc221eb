"""The command line: `python -m app COMMAND`; without one it lists them."""

from pathlib import Path

import typer

from app.commands import audit, receipt, secrets
from app.commands.backup import backup, restore
from app.commands.calibrate import Collection, Json, Toml
from app.commands.calibrate import calibrate as run_calibrate
from app.commands.doctor.run import doctor
from app.commands.evaluate import Groups, Out
from app.commands.evaluate import evaluate as run_evaluate
from app.commands.photos import Face, Folder, LeaveOut
from app.commands.place import place
from app.commands.sync import Repair
from app.commands.sync import sync as run_sync
from app.serve import serve
from app.startup import in_one_screen, read_settings
from app.store.migrate import migrate as migrate_database
from app.vision.labelled import Which
from app.vision.models import cli as models
from app.worker import worker

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Self-hosted face recognition.")
app.add_typer(models.app, name="models")
app.add_typer(secrets.app, name="secrets")
rekognition = typer.Typer(no_args_is_help=True, help="What AWS Rekognition keeps for this service.")
app.add_typer(rekognition, name="rekognition")
app.add_typer(receipt.app, name="receipt")
app.add_typer(audit.app, name="audit")


app.command(name="serve")(serve)
app.command(name="worker")(worker)
app.command(name="doctor")(doctor)
app.command(name="backup")(backup)
app.command(name="restore")(restore)


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date, then stop."""
    settings = read_settings()
    with in_one_screen(), place(settings) as url:
        applied = migrate_database(url)
    typer.echo("\n".join(applied) or "The schema is current.")


@rekognition.command()
def sync(*, repair: Repair = False) -> None:
    """Hold what AWS keeps against our rows. Status 1 where they differ, or where not all could be mended."""
    settings = read_settings()
    with in_one_screen():
        agreed = run_sync(settings, repair=repair)
    raise typer.Exit(0 if agreed else 1)


@rekognition.callback()
def _commands() -> None:
    """Keep `sync` a command of its own though it is the only one."""


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
    settings = read_settings()
    with in_one_screen():
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
    settings = read_settings()
    with in_one_screen():
        run_evaluate(settings, folder, face, leave_out, groups=groups, out=out)
