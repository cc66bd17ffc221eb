"""Answer from an index in memory where there is one, and from Postgres alone where there is none.

An answer is never older than the moment at which it was asked for: the search first takes in what changed, in the
database's own order, then has candidates chosen in memory, and lets Postgres compare those in full. So names,
similarities and who is still a member are Postgres's own, and an index can only ever overlook somebody; how often it
does is measured (app.store.index.recall).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from app.domain.collections import CollectionRef, Model
from app.domain.errors import IndexNotReady
from app.domain.faces import Embedding, KeepableFace
from app.domain.members import Candidate, MemberDraft, Origin
from app.ports import FaceStore
from app.store import faces, sql, vectors
from app.store.index import feed
from app.store.index.feed import TooMany
from app.store.index.live import LiveIndex
from app.store.index.segment import Mark
from app.store.pool import Connection, Cursor, Pool, asking
from app.telemetry import SEARCHES

QUERIES = sql.load(__file__)

MEMBERS = 64
"""How many members are compared in full, at least; in four times as many as are asked for."""
ATTEMPTS = 8
"""How often candidates are chosen anew because some of them are gone."""


class Lost(Exception):
    """The index cannot answer as of now; Postgres can."""


Find = Callable[[CollectionRef, Model], tuple[int, LiveIndex] | None]
"""The index of a collection, if there is one that may answer, and the id of the model whose faces are in it."""
GiveUp = Callable[[CollectionRef, Model], None]
"""Told of an index that is too far behind."""


class Samples(Protocol):
    """Looks on."""

    def consider(self, ref: CollectionRef, probe: Embedding, model: Model, found: Sequence[Candidate]) -> None: ...


class IndexedFaceStore:
    """See ports.FaceStore.

    strict: refuse a search that no index can answer, rather than ask Postgres alone. counted: whether its searches are
    somebody's, for the metrics.
    """

    def __init__(
        self,
        pool: Pool,
        exact: FaceStore,
        find: Find,
        give_up: GiveUp,
        samples: Samples | None = None,
        *,
        strict: bool = False,
        counted: bool = True,
    ) -> None:
        self._pool = pool
        self._exact = exact
        self._find = find
        self._give_up = give_up
        self._samples = samples
        self._strict = strict
        self._counted = counted

    async def keep(
        self,
        ref: CollectionRef,
        member: MemberDraft,
        face: KeepableFace,
        origin: Origin,
        model: Model,
        *,
        replace: bool,
    ) -> str:
        return await self._exact.keep(ref, member, face, origin, model, replace=replace)

    async def best_of(self, ref: CollectionRef, member_id: str, probe: Embedding, model: Model) -> float:
        return await self._exact.best_of(ref, member_id, probe, model)

    async def size(self, ref: CollectionRef) -> int:
        return await self._exact.size(ref)

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        """Raises IndexNotReady too, where it is strict."""
        known = self._find(ref, model) if probes else None
        if known is not None:
            try:
                return await self._indexed(ref, probes, model, limit, known)
            except Lost:
                self._give_up(ref, model)
        if self._strict and probes:
            raise await self._not_ready(ref, model)
        self._count("pgvector")
        return await self._exact.nearest(ref, probes, model, limit)

    async def _not_ready(self, ref: CollectionRef, model: Model) -> IndexNotReady:
        """Raises CollectionNotFound, ModelMismatch: they come first."""
        async with asking(self._pool, ref.tenant, [faces.DESCRIBE], faces.of_model(ref, model)) as cursor:
            await faces.searched_model(cursor, ref)
        return IndexNotReady()

    async def _indexed(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int, known: tuple[int, LiveIndex]
    ) -> list[list[Candidate]]:
        model_id, live = known
        key: dict[str, object] = {"tenant": ref.tenant, "collection": ref.name, "model_id": model_id}
        since = live.mark
        asked = faces.of_model(ref, model) | key | feed.after(since, feed.MOST_CHANGES)
        async with asking(self._pool, ref.tenant, [faces.DESCRIBE, feed.CHANGES], asked) as cursor:
            if await faces.searched_model(cursor, ref) != model_id:
                raise Lost
            await catch_up(cursor, live, since)
            found = await _answer(cursor.connection, key, live, probes, limit)
        self._count("faiss")
        if self._samples:
            for probe, candidates in zip(probes, found, strict=True):
                self._samples.consider(ref, probe, model, candidates)
        return found

    def _count(self, backend: str) -> None:
        if self._counted:
            SEARCHES.labels(backend).inc()


async def catch_up(answer: Cursor, live: LiveIndex, since: Mark) -> None:
    """Take in what came after `since`, of which the answer's next part tells."""
    answer.nextset()
    try:
        live.learn(since, feed.changed(await answer.fetchall(), since, feed.MOST_CHANGES))
    except TooMany:
        raise Lost from None


async def _answer(
    conn: Connection, key: dict[str, object], live: LiveIndex, probes: Sequence[Embedding], limit: int
) -> list[list[Candidate]]:
    """Choose, compare, and choose again as long as some of the chosen turn out to be gone. Raises Lost."""
    members = max(MEMBERS, 4 * limit)
    for _ in range(ATTEMPTS):
        chosen = await asyncio.to_thread(_choose, live, probes, members)
        asked = [face for candidates in chosen for face in candidates]
        numbers = [number for number, candidates in enumerate(chosen, 1) for _ in candidates]
        wanted = {"probes": [vectors.text(probe) for probe in probes], "limit": limit}
        given = {**key, **wanted, "numbers": array(numbers), "faces": array(map(bytes.hex, asked))}
        rows = await conn.execute(QUERIES["rerank"], given)
        found, alive = _candidates(await rows.fetchall(), len(probes))
        if alive == len(asked):
            return found
        near = await asyncio.to_thread(_near, live, probes)
        live.forget(await gone(conn, key, [*asked, *near]))
    raise Lost


def _choose(live: LiveIndex, probes: Sequence[Embedding], members: int) -> list[list[bytes]]:
    return [live.candidates(probe, members) for probe in probes]


def _near(live: LiveIndex, probes: Sequence[Embedding]) -> set[bytes]:
    return {face for probe in probes for face in live.near(probe)}


def array(values: Iterable[object]) -> str:
    """As Postgres reads an array of numbers or ids. psycopg's own way takes ten times as long for hundreds of them."""
    return f"{{{','.join(map(str, values))}}}"


def _candidates(rows: Sequence[tuple[object, ...]], probes: int) -> tuple[list[list[Candidate]], int]:
    found: list[list[Candidate]] = [[] for _ in range(probes)]
    for number, member_id, name, face_id, similarity, _ in rows:
        candidate = Candidate(str(member_id), str(name), str(face_id), faces.clip(float(str(similarity))))
        found[int(str(number)) - 1].append(candidate)
    return found, int(str(rows[0][-1])) if rows else 0


async def gone(conn: Connection, key: dict[str, object], asked: Sequence[bytes]) -> set[bytes]:
    """Which of the faces are kept no more."""
    rows = await conn.execute(QUERIES["alive"], {"tenant": key["tenant"], "faces": array(map(bytes.hex, asked))})
    return set(asked) - {face for (face,) in await rows.fetchall()}
