"""Make a segment of a collection, from the database."""

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psycopg

from app.store.index import basis, feed, segment, shard
from app.store.index.basis import Basis, Vectors
from app.store.index.feed import Chunk, Shelf
from app.store.pool import Pool, translated

SAMPLED = 50_000
"""Faces from which the basis is fitted."""
DRAFT = "draft"

_log = logging.getLogger(__name__)


class Abandoned(Exception):
    """The service stops."""


def build(pool: Pool, shelf: Shelf, folder: Path, kept: int, stopping: Callable[[], bool]) -> Path:
    """Write the collection as it is now into a fresh folder within `folder`, and return that. Blocks.

    kept: dimensions. The folder has its name only when all is written. Raises DatabaseUnavailable, OSError, and
    Abandoned soon after it is stopping.
    """
    draft = folder / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    with translated(), psycopg.connect(pool.database_url, autocommit=True, prepare_threshold=None) as conn:
        mark = feed.begin(conn, shelf.tenant_id, pool.role)
        directions = basis.fit(feed.sample(conn, shelf, SAMPLED), kept)
        writer = _Writer(draft, directions)
        for chunk in feed.whole(conn, shelf):
            if stopping():
                raise Abandoned
            writer.add(chunk)
    writer.finish(mark)
    return draft.rename(folder / f"{time.time_ns():020d}")


class _Writer:
    """Takes faces as they come and writes a file whenever a shard is full: memory holds one shard."""

    def __init__(self, folder: Path, directions: Basis) -> None:
        self._folder = folder
        self._basis = directions
        self._faces = [np.empty(0, shard.FACE_ID)]
        self._members = [np.empty(0, np.int32)]
        self._open: list[Vectors] = []
        self._held = 0
        self._written = 0

    def add(self, chunk: Chunk) -> None:
        self._faces.append(chunk.faces)
        self._members.append(chunk.members)
        self._open.append(self._basis.steps(chunk.vectors))
        self._held += len(chunk.faces)
        while self._held >= segment.SHARD:
            self._write(segment.SHARD)

    def finish(self, mark: segment.Mark) -> None:
        if self._held:
            self._write(self._held)
        segment.write(self._folder, self._basis, np.concatenate(self._faces), np.concatenate(self._members), mark)

    def _write(self, count: int) -> None:
        held = np.concatenate(self._open)
        shard.save(shard.encode(held[:count]), self._folder / f"{self._written}.codes")
        self._open, self._held = [held[count:]], len(held) - count
        self._written += 1


def newest(folder: Path) -> Path | None:
    """The latest segment that was finished."""
    with suppress(FileNotFoundError):
        return max((path for path in folder.iterdir() if path.name.isdigit()), default=None)
    return None


def drop_older(folder: Path, newest_one: Path) -> None:
    """Delete the segments before the newest. Those who have them mapped keep them until they let go."""
    for path in folder.iterdir():
        if path.name.isdigit() and path.name < newest_one.name:
            shutil.rmtree(path, ignore_errors=True)
