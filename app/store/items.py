"""Items of jobs in Postgres: taken up, settled or given back, each exactly once."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from psycopg.rows import kwargs_row

from app.domain.collections import CollectionRef
from app.domain.errors import InvalidRequest, JobNotFound
from app.domain.events import Event, EventKind
from app.domain.items import ClaimedItem, Enrolment, Entry, Item, ItemState
from app.domain.jobs import Failure, JobKind, Task
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import events, faces, jobs, sql
from app.store.pool import Connection, Pool, retried, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)

TASKS: Mapping[JobKind, Task] = {JobKind.INDEX: Task.ENROLL_ITEMS, JobKind.REINDEX: Task.EMBED_ITEMS}
ITEMS_A_TASK = 8
"""Items that travel together: the way through the queue costs as much as a small photo's faces do."""


class PgItemStore:
    """See ports.ItemStore."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def enlist(self, tenant: str, job_id: str, entries: Sequence[Entry]) -> int:
        columns = {
            "keys": [entry.key for entry in entries],
            "etags": [entry.etag for entry in entries],
            "member_ids": [entry.member_id for entry in entries],
        }
        async with transaction(self._pool, tenant) as conn:
            rows = await (await conn.execute(QUERIES["enlist_items"], key(tenant, job_id) | columns)).fetchall()
            await send(conn, self._queue, tenant, job_id, [row[0] for row in rows])
        return len(rows)

    async def listed(self, tenant: str, job_id: str, total: int, skipped: int) -> None:
        async with transaction(self._pool, tenant) as conn:
            await jobs.mark_listed(conn, tenant, job_id, total, skipped)

    async def resume(self, tenant: str, job_id: str) -> int:
        async with transaction(self._pool, tenant) as conn:
            rows = await (await conn.execute(QUERIES["open_items"], key(tenant, job_id))).fetchall()
            await send(conn, self._queue, tenant, job_id, [row[0] for row in rows])
        return len(rows)

    async def claim(self, tenant: str, job_id: str, item_ids: Sequence[str]) -> list[ClaimedItem]:
        async with transaction(self._pool, tenant) as conn:
            asked = key(tenant, job_id) | {"item_ids": list(item_ids)}
            rows = await (await conn.execute(QUERIES["claim_items"], asked)).fetchall()
        return [ClaimedItem(*row) for row in rows]

    async def enrol(self, ref: CollectionRef, job_id: str, item: ClaimedItem, given: Enrolment) -> bool:
        return await retried(partial(self._enrol, ref, job_id, item, given))

    async def fail(self, tenant: str, job_id: str, item: ClaimedItem, failure: Failure, delay: float | None) -> None:
        told = {"code": failure.code, "detail": failure.detail, "final": delay is None}
        async with transaction(self._pool, tenant) as conn:
            asked = key(tenant, job_id) | {"item_id": item.item_id} | told
            if await (await conn.execute(QUERIES["fail_item"], asked)).fetchone() is None:
                return
            if delay is None:
                await events.emit(conn, self._queue, tenant, [await _dead(conn, tenant, job_id, item, failure)])
            else:
                await send(conn, self._queue, tenant, job_id, [item.item_id], delay=delay)

    async def finish(self, tenant: str, job_id: str) -> bool:
        async with transaction(self._pool, tenant) as conn:
            return await jobs.complete(conn, self._queue, tenant, job_id)

    async def retry(self, tenant: str, job_id: str) -> int:
        async with transaction(self._pool, tenant) as conn:
            await jobs.reopen(conn, tenant, job_id)
            rows = await (await conn.execute(QUERIES["retry_items"], key(tenant, job_id))).fetchall()
            await send(conn, self._queue, tenant, job_id, [row[0] for row in rows])
        return len(rows)

    async def page(self, tenant: str, job_id: str, cursor: str, limit: int, *, state: ItemState | None) -> Page[Item]:
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_item)) as cur:
            await jobs.get(conn, tenant, job_id)
            asked = key(tenant, job_id) | {"after": _after(cursor), "state": state, "limit": limit + 1}
            rows = await (await cur.execute(QUERIES["page_items"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.item_id,))

    async def _enrol(self, ref: CollectionRef, job_id: str, item: ClaimedItem, given: Enrolment) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            if not await settle(conn, ref.tenant, job_id, item):
                return False
            face_id = await faces.keep(conn, ref, given)
            if given.replace:
                await conn.execute(QUERIES["renew_face"], {"tenant": ref.tenant, "face_id": face_id})
                gone = {"collection": ref.name, "member_id": item.member_id, "digest": given.origin.digest}
                await conn.execute(QUERIES["drop_older_faces"], key(ref.tenant, job_id) | gone)
        return True


async def send(
    conn: Connection, queue: Queue, tenant: str, job_id: str, item_ids: Sequence[str], *, delay: float = 0
) -> None:
    """Have workers do these items."""
    kind, _ = await _kind(conn, tenant, job_id)
    parcels = (item_ids[n : n + ITEMS_A_TASK] for n in range(0, len(item_ids), ITEMS_A_TASK))
    await queue.put(
        conn, TASKS[kind], [key(tenant, job_id) | {"item_ids": list(some)} for some in parcels], delay=delay
    )


async def settle(conn: Connection, tenant: str, job_id: str, item: ClaimedItem) -> bool:
    """It is done, if the rest of the transaction is. False where it was too late."""
    asked = key(tenant, job_id) | {"item_id": item.item_id}
    return await (await conn.execute(QUERIES["settle_item"], asked)).fetchone() is not None


def key(tenant: str, job_id: str) -> dict[str, Any]:
    return {"tenant": tenant, "job_id": job_id}


async def _kind(conn: Connection, tenant: str, job_id: str) -> tuple[JobKind, str]:
    """The job's kind and subject. Raises JobNotFound."""
    row = await (await conn.execute(QUERIES["kind_of_job"], key(tenant, job_id))).fetchone()
    if row is None:
        raise JobNotFound
    return JobKind(row[0]), str(row[1])


async def _dead(conn: Connection, tenant: str, job_id: str, item: ClaimedItem, failure: Failure) -> Event:
    kind, subject = await _kind(conn, tenant, job_id)
    told = jobs.failed(job_id, kind, subject, failure).payload
    return Event(EventKind.JOB_FAILED, {**told, "key": item.key, "member_id": item.member_id})


def _after(cursor: str) -> int:
    if not cursor:
        return 0
    (item_id,) = cursors.decode(cursor, 1)
    if not (item_id.isascii() and item_id.isdigit() and len(item_id) < 19):  # noqa: PLR2004 - digits of a bigint
        msg = "The cursor is not one that lists items."
        raise InvalidRequest(msg)
    return int(item_id)


def _item(*, state: str, error_code: str | None, error_detail: str | None, **rest: Any) -> Item:  # noqa: ANN401
    error = Failure(error_code, error_detail or "") if error_code else None
    return Item(state=ItemState(state), error=error, **rest)
