"""The machine: who is let in, where things are kept, how much room is left there."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from app.commands.doctor.finding import Finding, bad, look, ok
from app.config import Settings
from app.startup import is_loopback

LITTLE, TOO_LITTLE = 5_000_000_000, 500_000_000
"""Bytes that are left: soon Postgres stops, or it is about to."""


def machine(settings: Settings) -> Iterator[Finding]:
    yield _door(settings)
    yield from _folder(settings.database.data_dir)


def _door(settings: Settings) -> Finding:
    host = settings.server.host
    if settings.server.admin_token:
        return ok("key", f"Calls to {host} must carry it.")
    if is_loopback(host):
        return look(
            "key", "There is none: every program of this machine may call.", "Set ADMIN_TOKEN for more than a try."
        )
    return bad("key", f"There is none, and {host} lets other machines in.", "Set ADMIN_TOKEN, or HOST=127.0.0.1.")


def _folder(folder: Path) -> Iterator[Finding]:
    nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        yield bad("folder", f"{nearest} is no folder.", "Set DATA_DIR to one that is, or may be made.")
        return
    if not os.access(nearest, os.W_OK | os.X_OK):
        yield bad(
            "folder",
            f"{nearest} may not be written.",
            f"Start the service as its owner, or: chown {os.getuid()} {nearest}",
        )
        return
    yield ok("folder", f"{folder.absolute()} may be written.")
    yield _room(nearest)


def _room(folder: Path) -> Finding:
    left = shutil.disk_usage(folder).free
    says, mend = f"{left / 1e9:.1f} GB are left.", f"Make room on the disk of {folder}, or move DATA_DIR."
    if left < TOO_LITTLE:
        return bad("disk", says, mend)
    return look("disk", says, mend) if left < LITTLE else ok("disk", says)
