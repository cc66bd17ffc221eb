"""`models list | pull NAME | verify [NAME]`: to be mounted in the command line of the service."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from app.vision.models.catalogue import CATALOGUE, LIVENESS, Bundle, entry, liveness_entry
from app.vision.models.find import LAST, OWN, folders, in_order, roots
from app.vision.models.folder import pack_in
from app.vision.models.missing import MEGABYTE, screen
from app.vision.models.pull import GOOD
from app.vision.models.pull import pull as pull_pack
from app.vision.models.trouble import ModelTrouble, PackUnreadable
from app.vision.models.verify import State
from app.vision.models.verify import verify as verify_pack

app = typer.Typer(name="models", help="Model packs: what is here, what can be had, whether it is whole.")

Root = Annotated[
    Path | None,
    typer.Option("--root", envvar="FACE_MODEL_ROOT", help="Folder that holds models/<pack>/*.onnx.", show_default="."),
]


@app.command("list")
def list_packs(root: Root = None) -> None:
    """Show every pack of the catalogue and of this machine, in the order of the search, then models of liveness."""
    found = folders(roots(root))
    table = Table("pack", "here", "commercial use", "size", "numbers", "licence")
    for name in in_order({*found, *(known.name for known in CATALOGUE)}):
        row = _row(name, found.get(name))
        if row:
            table.add_row(*row)
    for known in LIVENESS:
        table.add_row(*_liveness_row(known, found.get(known.name)))
    _console().print(table)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A pack or models of liveness of the catalogue.")], root: Root = None
) -> None:
    """Download a pack. A download that was cut off goes on where it stopped."""
    known = _known(name)
    if name == LAST:
        typer.echo(f"{name} came with the service: {OWN / 'models' / name}\nLicence: {known.licence}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=_console()) as bars:
        tasks: dict[str, TaskID] = {}

        def show(file: str, done: int, total: int) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file)
            bars.update(tasks[file], completed=done, total=total or None)

        try:
            folder = pull_pack(known, root or Path(), show)
        except ModelTrouble as error:
            _stop(str(error))
    typer.echo(f"{name} is in {folder}\nLicence: {known.licence}")


@app.command()
def verify(name: Annotated[str, typer.Argument(help="Unset: every pack here.")] = "", root: Root = None) -> None:
    """Compare the files of packs with their published hashes; fails where one is damaged or missing."""
    found = folders(roots(root))
    if name and name not in found:
        _stop(screen(name, roots(root), []))
    bad = [pack for pack in ([name] if name else in_order(found)) if not _report(pack, found[pack])]
    if bad:
        _stop(f"Not whole: {', '.join(bad)}")


def _report(name: str, folder: Path) -> bool:
    """Print a line for each file; tell whether the pack can be loaded and nothing of it is damaged."""
    if liveness := liveness_entry(name):
        return _report_liveness(liveness, folder)
    known = entry(name)
    if known:
        for check in verify_pack(known, folder):
            typer.echo(f"{name:<20} {check.file.name:<38} {check.state}")
    try:
        pack = pack_in(folder)
    except PackUnreadable as error:
        typer.echo(f"{name:<20} passed over: {error}")
        return not known
    except ModelTrouble as error:
        typer.echo(f"{name:<20} {error}")
        return False
    if not known:
        typer.echo(f"{name:<20} {pack.recogniser.name:<38} {State.UNKNOWN}")
    return True


def _report_liveness(known: Bundle, folder: Path) -> bool:
    checks = verify_pack(known, folder)
    for check in checks:
        typer.echo(f"{known.name:<20} {check.file.name:<38} {check.state}")
    return all(check.state in GOOD for check in checks)


def _liveness_row(known: Bundle, folder: Path | None) -> tuple[str, ...]:
    here = str(folder) if folder and all(each.state in GOOD for each in verify_pack(known, folder)) else ""
    size = f"{known.bytes / MEGABYTE:.0f} MB"
    return f"{known.name} (liveness)", here, "yes" if known.commercial else "no", size, "", known.licence


def _row(name: str, folder: Path | None) -> tuple[str, ...]:
    """Cells of a pack's line; none for a folder that is not a pack."""
    known = entry(name)
    here, licence, commercial = "", known.licence if known else "", known.commercial if known else False
    if folder:
        try:
            pack = pack_in(folder)
        except ModelTrouble as error:
            here = type(error).__name__
        else:
            here, licence, commercial = str(folder), pack.licence, pack.commercial
    if not known and not licence:
        return ()
    size = f"{known.bytes / MEGABYTE:.0f} MB" if known else ""
    return name, here, "yes" if commercial else "no", size, str(known.dimensions) if known else "", licence


def _known(name: str) -> Bundle:
    known = entry(name) or liveness_entry(name)
    if known is None:
        names = ", ".join(pack.name for pack in (*CATALOGUE, *LIVENESS))
        _stop(f"The catalogue has no pack «{name}». It has: {names}")
    return known


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def _console() -> Console:
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
