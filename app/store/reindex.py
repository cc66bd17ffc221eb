"""Collections on their way from one model to another, in Postgres."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from app.domain.collections import CollectionRef, Model
from app.domain.faces import Box, KeepableFace
from app.domain.items import ClaimedItem, Original
from app.store import faces, items, jobs, models, sql
from app.store.pool import Connection, Pool, retried, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)
FACES = sql.load(faces.__file__)

FACES_AT_ONCE = 1000
FIRST = str(UUID(int=0))


class PgReindexStore:
    """See ports.ReindexStore.

    A face by the new model lies beside the one that is searched, its twin, of the same picture of the same member, and
    never alone: whoever keeps or deletes one has the member locked.
    """

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def enlist(self, ref: CollectionRef, job_id: str, model: Model) -> int:
        count, after = 0, FIRST
        while True:
            async with transaction(self._pool, ref.tenant) as conn:
                item_ids, last = await self._some(conn, ref, job_id, model, after)
            count += len(item_ids)
            if last is None:
                return count
            after = last

    async def original(self, ref: CollectionRef, face_id: str) -> Original | None:
        async with transaction(self._pool, ref.tenant) as conn:
            row = await (await conn.execute(QUERIES["original"], _key(ref) | {"face_id": face_id})).fetchone()
        if row is None:
            return None
        member_id, digest, source, *box = row
        return Original(member_id, digest, source, Box(*box))

    async def put(
        self, ref: CollectionRef, job_id: str, item: ClaimedItem, face: KeepableFace | None, model: Model
    ) -> bool:
        return await retried(partial(self._put, ref, job_id, item, face, model))

    async def finish(self, ref: CollectionRef, job_id: str, model: Model, *, partial: bool) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            asked = items.key(ref.tenant, job_id)
            if await (await conn.execute(QUERIES["nothing_left"], asked)).fetchone() is None:
                return False
            await conn.execute(QUERIES["take_your_time"])
            await conn.execute(FACES["own_collection"], _key(ref))
            if await self._late(conn, ref, job_id, model):
                return False
            if not await jobs.complete(conn, self._queue, ref.tenant, job_id):
                return False
            await self._end(conn, ref, job_id, model, partial=partial)
        return True

    async def _put(
        self, ref: CollectionRef, job_id: str, item: ClaimedItem, face: KeepableFace | None, model: Model
    ) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            if not await items.settle(conn, ref.tenant, job_id, item):
                return False
            if face is not None:
                twin = _key(ref) | {"member_id": item.member_id, "face_id": item.key} | faces.of_face(face)
                await conn.execute(QUERIES["lock_member"], twin)
                twin["model_id"] = await models.number(conn, ref.tenant, model)
                await conn.execute(QUERIES["put_twin"], twin)
        return True

    async def _late(self, conn: Connection, ref: CollectionRef, job_id: str, model: Model) -> bool:
        """Whether faces were enrolled, or lost their twin, since the listing: those are sent to be done."""
        item_ids, last = await self._some(conn, ref, job_id, model, FIRST)
        while last is not None and not item_ids:
            item_ids, last = await self._some(conn, ref, job_id, model, last)
        return bool(item_ids)

    async def _some(
        self, conn: Connection, ref: CollectionRef, job_id: str, model: Model, after: str
    ) -> tuple[Sequence[str], str | None]:
        """Enlist some faces; the items that are new, and the last face that was looked at."""
        asked = _key(ref) | items.key(ref.tenant, job_id) | {"after": after, "limit": FACES_AT_ONCE}
        asked["model_id"] = await models.number(conn, ref.tenant, model)
        item_ids, last = await (await conn.execute(QUERIES["enlist_faces"], asked)).fetchone() or ([], None)
        await items.send(conn, self._queue, ref.tenant, job_id, item_ids)
        return item_ids, last

    async def _end(self, conn: Connection, ref: CollectionRef, job_id: str, model: Model, *, partial: bool) -> None:
        """Switch over if all went well, or as much as was asked for; and say so."""
        failed = (await jobs.get(conn, ref.tenant, job_id)).progress.failed
        switched = (partial or not failed) and await self._switch(conn, ref, model)
        told = items.key(ref.tenant, job_id) | {"result": Jsonb({"model": model.name, "switched": switched})}
        await conn.execute(QUERIES["report_switch"], told)

    async def _switch(self, conn: Connection, ref: CollectionRef, model: Model) -> bool:
        asked = _key(ref) | {"model_id": await models.number(conn, ref.tenant, model)}
        if await (await conn.execute(QUERIES["switch_collection"], asked)).fetchone() is None:
            return False
        await conn.execute(QUERIES["drop_others"], asked)
        await conn.execute(QUERIES["forget_processed"], asked)
        return True


def _key(ref: CollectionRef) -> dict[str, Any]:
    return {"tenant": ref.tenant, "collection": ref.name}
