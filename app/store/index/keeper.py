"""Which collections have an index, kept so in the background.

Each large collection has a folder of its own in DATA_DIR/index. Of the processes that share it one is the owner, by a
lock that ends with it: it builds; all others open what it built.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import shutil
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg

from app.domain.collections import CollectionRef, Model
from app.domain.search import Backend, IndexState, Trial
from app.store.index import build, feed, segment, shard
from app.store.index.feed import Shelf, TooMany
from app.store.index.live import LiveIndex
from app.store.index.segment import Mark, Segment
from app.store.pool import EVERYBODY, Pool, transaction, translated
from app.telemetry import INDEX_FACES

FLOOR = 5_000
"""Faces below which no index is tried unless it is asked for: Postgres takes two milliseconds there."""
LATE_AT_ONCE = 20_000
"""Faces that came since a segment was built; where there are more, a fresh one is cheaper."""
STALE_FACES, STALE_SHARE = 10_000, 0.2
"""An index is built anew when more than this many of its faces, and this share, came late or are gone."""
LEAST_RECALL = 0.99
"""An index that agrees with an exact search less often, when it is tried, is built with twice the dimensions."""
SURVEY_SHARE = 100
"""A survey counts all faces: it is repeated after this many times as long as it took, or after the usual pause."""
NICENESS = 10

_log = logging.getLogger(__name__)

T = TypeVar("T")
Key = tuple[CollectionRef, str]
Try = Callable[[Shelf], Awaitable[Trial]]


@dataclass(frozen=True, slots=True)
class Options:
    """How indexes are kept.

    folder: for their files. dimensions: kept of the embedding. least: faces of a collection that gets an index.
    threads: that scan. pause: most seconds between surveys of all collections. beat: seconds between looks at what is
    new in those that have one.
    """

    backend: Backend
    folder: Path
    dimensions: int = 128
    least: int = FLOOR
    threads: int = 1
    pause: float = 30
    beat: float = 1


@dataclass(slots=True, eq=False)
class Entry:
    """An index. ready: whether it was tried and found good. behind: by too much for a search to make up for.

    made: up to where its files know the database. lost: cannot be brought up to date, and has to be made anew. tainted:
    still holds somebody who was erased; never found, but there.
    """

    shelf: Shelf
    live: LiveIndex
    path: Path
    made: Mark
    trial: Trial | None = None
    ready: bool = False
    behind: bool = False
    lost: bool = False
    tainted: bool = False

    @property
    def usable(self) -> bool:
        return not (self.behind or self.lost)

    @property
    def stale(self) -> bool:
        gone = self.live.size - self.shelf.faces
        return self.lost or self.tainted or max(self.live.late, gone) > max(STALE_FACES, STALE_SHARE * self.live.built)


class Keeper:
    """See search.Indexes. `look_after` is one round of what it does; `run` goes round until it is cancelled."""

    def __init__(self, pool: Pool, options: Options) -> None:
        self._pool = pool
        self._options = options
        self._entries: dict[Key, Entry] = {}
        self._owned: dict[Path, int] = {}
        self._kept: dict[Key, int] = {}
        self._declined: dict[Key, int] = {}
        self._scan = ThreadPoolExecutor(options.threads, "scan", initializer=shard.use_one_thread)
        self._builder = ThreadPoolExecutor(1, "index", initializer=_be_nice)
        self._survey_seconds = 0.0
        self._stopping = threading.Event()
        self.switch_faces: int | None = None

    def find(self, ref: CollectionRef, model: Model) -> tuple[int, LiveIndex] | None:
        entry = self._entries.get((ref, model.recogniser_sha256))
        return (entry.shelf.model_id, entry.live) if entry and entry.ready and entry.usable else None

    def find_untried(self, ref: CollectionRef, model: Model) -> tuple[int, LiveIndex] | None:
        """The same, whether it is known to be good or not."""
        entry = self._entries.get((ref, model.recogniser_sha256))
        return (entry.shelf.model_id, entry.live) if entry and entry.usable else None

    def give_up(self, ref: CollectionRef, model: Model) -> None:
        if entry := self._entries.get((ref, model.recogniser_sha256)):
            entry.behind = True

    def make_anew(self, ref: CollectionRef, model: Model) -> None:
        """Build the index afresh in the next round, though nothing seems wrong with it."""
        if entry := self._entries.get((ref, model.recogniser_sha256)):
            entry.lost = True

    def states(self) -> tuple[IndexState, ...]:
        return tuple(
            IndexState(
                entry.shelf.tenant_id,
                entry.shelf.collection,
                entry.live.size,
                entry.live.late,
                entry.ready and entry.usable,
                entry.trial,
            )
            for entry in self._entries.values()
        )

    async def run(self, attempt: Try) -> None:
        """Go round until cancelled. What goes wrong with one round is logged, and the next tries again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._go_round(attempt))
            tasks.create_task(self._follow())

    async def _go_round(self, attempt: Try) -> None:
        while True:
            with _logged():
                await self.look_after(attempt)
            rest = min(self._options.pause, SURVEY_SHARE * self._survey_seconds)
            lost = any(entry.lost for entry in self._entries.values())
            await asyncio.sleep(self._options.beat + (rest / 10 if lost else rest))

    async def _follow(self) -> None:
        """Keep the indexes current, also while another is being built."""
        while True:
            await asyncio.sleep(self._options.beat)
            for entry in tuple(self._entries.values()):
                with _logged():
                    await self._catch_up(entry)

    async def look_after(self, attempt: Try) -> None:
        """Have an index for every collection that is large enough, as current as can be, and for no other."""
        shelves = {_key(shelf): shelf for shelf in await self._in_builder(self._survey, self._options.least)}
        for key in self._entries.keys() - shelves.keys():
            self._drop(self._entries.pop(key))
        self._clear_out({self._folder(shelf) for shelf in shelves.values()})
        for key, shelf in shelves.items():
            if shelf.faces >= 2 * self._declined.get(key, 0):
                await self._tend(key, shelf, attempt)
        INDEX_FACES.set(sum(state.faces for state in self.states() if state.ready))

    def close(self) -> None:
        """Let go of the threads and of what is owned. What is being built is abandoned."""
        self._stopping.set()
        self._builder.shutdown(cancel_futures=True)
        self._scan.shutdown(cancel_futures=True)
        for descriptor in self._owned.values():
            os.close(descriptor)
        self._owned.clear()

    async def _tend(self, key: Key, shelf: Shelf, attempt: Try) -> None:
        entry = self._entries.get(key)
        if entry:
            entry.shelf = shelf
            await self._catch_up(entry)
        folder = self._folder(shelf)
        path = await asyncio.to_thread(build.newest, folder)
        if path and (entry is None or path != entry.path):
            entry = await self._open(shelf, path) or entry
        if entry:
            await self._look_for_erased(entry)
        if (entry is None or entry.stale) and self._own(folder):
            path = await self._in_builder(
                build.build, self._pool, shelf, folder, self._dimensions(key), self._stopping.is_set
            )
            build.drop_older(folder, path)
            entry = await self._open(shelf, path)
        if entry and entry is not self._entries.get(key):
            self._entries[key] = entry
            await self._admit(key, entry, attempt)

    async def _admit(self, key: Key, entry: Entry, attempt: Try) -> None:
        """Try the index on its own collection, and let it answer if it is right and worth its while."""
        entry.trial = await attempt(entry.shelf)
        entry.ready = self._passes(key, entry, entry.trial)

    def _passes(self, key: Key, entry: Entry, trial: Trial) -> bool:
        if trial.recall < LEAST_RECALL and entry.live.basis.kept < entry.shelf.dimensions:
            self._kept[key] = 2 * entry.live.basis.kept
            entry.lost = True
            return False
        self.switch_faces = round(entry.shelf.faces * trial.index_ms / max(trial.exact_ms, 0.001))
        if self._options.backend is Backend.AUTO and trial.index_ms >= trial.exact_ms:
            self._declined[key] = entry.shelf.faces
            return False
        return True

    async def _open(self, shelf: Shelf, path: Path) -> Entry | None:
        """The index of a segment, brought up to date. None where it is another database's, broken, or too old."""
        try:
            read: Segment = await asyncio.to_thread(segment.read, path)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            _log.warning("a search index cannot be used and is made anew: %s", error)
            return None
        entry = Entry(shelf, LiveIndex(read, self._scan), path, read.mark)
        await self._catch_up(entry)
        return None if entry.lost else entry

    async def _catch_up(self, entry: Entry) -> None:
        since = entry.live.mark
        try:
            async with transaction(self._pool, entry.shelf.tenant_id) as conn:
                changes = await feed.changes(conn, entry.shelf.key, since, LATE_AT_ONCE)
        except TooMany:
            entry.lost = True
        else:
            entry.live.learn(since, changes)
            entry.behind = False

    async def _look_for_erased(self, entry: Entry) -> None:
        async with transaction(self._pool, entry.shelf.tenant_id) as conn:
            entry.tainted = await feed.erased_since(conn, entry.shelf.key, entry.made)

    def _survey(self, least: int) -> list[Shelf]:
        began = time.monotonic()
        with translated(), psycopg.connect(self._pool.database_url, autocommit=True, prepare_threshold=None) as conn:
            feed.begin(conn, EVERYBODY, self._pool.role)
            found = feed.survey(conn, least)
        self._survey_seconds = time.monotonic() - began
        return found

    def _dimensions(self, key: Key) -> int:
        return self._kept.get(key, self._options.dimensions)

    def _folder(self, shelf: Shelf) -> Path:
        """By a digest: names are the caller's and no file names."""
        words = "\0".join((shelf.tenant_id, shelf.collection, str(shelf.model_id)))
        return self._options.folder / hashlib.sha256(words.encode()).hexdigest()[:32]

    def _own(self, folder: Path) -> bool:
        """Whether it is for us to build in the folder. We stay its owner for as long as we live."""
        if folder in self._owned:
            return True
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._owned[folder] = descriptor
        return True

    def _drop(self, entry: Entry) -> None:
        """Forget an index; its files too, if they are ours: nothing stays of people who were deleted."""
        self._remove(entry.path.parent)

    def _clear_out(self, wanted: set[Path]) -> None:
        """The same of what was built by whoever is gone, of collections that are too small by now."""
        for folder in set(self._options.folder.glob("*")) - wanted:
            self._remove(folder)

    def _remove(self, folder: Path) -> None:
        if self._own(folder):
            shutil.rmtree(folder, ignore_errors=True)
            os.close(self._owned.pop(folder))

    async def _in_builder(self, work: Callable[..., T], *inputs: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._builder, work, *inputs)


def _key(shelf: Shelf) -> Key:
    return shelf.ref, shelf.recogniser_sha256


@contextmanager
def _logged() -> Iterator[None]:
    try:
        yield
    except Exception:  # noqa: BLE001 – one round of a job that has to go on; Postgres answers meanwhile
        _log.exception("the search indexes could not be looked after")


def _be_nice() -> None:
    """Let this thread wait for those that answer (on Linux every thread has a priority of its own)."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
