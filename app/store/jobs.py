"""Jobs in Postgres."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from app.domain.erasure import named, without
from app.domain.errors import Conflict, JobNotFound
from app.domain.events import Event, EventKind
from app.domain.jobs import Failure, Job, JobKind, JobState, Order, Progress, Task
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import events, sql
from app.store.ids import uuid_or
from app.store.pool import Connection, Pool, everybody, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)

FIRST_TASK: Mapping[JobKind, Task] = {
    JobKind.GALLERY: Task.LIST_GALLERY,
    JobKind.INDEX: Task.LIST_INDEX,
    JobKind.REINDEX: Task.LIST_MEMBERS,
    JobKind.ANALYSIS: Task.ANALYSE,
    JobKind.EVALUATE: Task.EVALUATE,
}


class PgJobStore:
    """See ports.JobStore."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def open(self, tenant: str, order: Order) -> Job:
        async with transaction(self._pool, tenant) as conn:
            return await open_job(conn, self._queue, tenant, order)

    async def open_alone(self, tenant: str, order: Order) -> Job:
        asked = {"tenant": tenant, "kind": order.kind, "subject": order.subject}
        async with transaction(self._pool, tenant) as conn:
            await conn.execute(QUERIES["lock_subject"], asked)
            running = await (await conn.execute(QUERIES["under_way"], asked)).fetchone()
            if running:
                msg = f"The job {running[0]} is doing that already."
                raise Conflict(msg, job_id=running[0])
            return await open_job(conn, self._queue, tenant, order)

    async def report(self, tenant: str, job_id: str, progress: Progress) -> bool:
        async with transaction(self._pool, tenant) as conn:
            told = _key(tenant, job_id) | _counts(progress)
            return await (await conn.execute(QUERIES["report_progress"], told)).fetchone() is not None

    async def get(self, tenant: str, job_id: str) -> Job:
        async with transaction(self._pool, tenant) as conn:
            return await get(conn, tenant, job_id)

    async def page(
        self,
        tenant: str,
        cursor: str,
        limit: int,
        *,
        state: JobState | None,
        kind: JobKind | None,
        subject: str | None = None,
    ) -> Page[Job]:
        before_time, before_job = cursors.newest_first(cursor)
        wanted = {"tenant": tenant, "state": state, "kind": kind, "subject": subject, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn:
            before = {"before_time": before_time, "before_job": before_job}
            rows = await conn.execute(QUERIES["page_jobs"], wanted | before)
            jobs = [await get(conn, tenant, job_id) for (job_id,) in await rows.fetchall()]
        return cursors.page(jobs, limit, lambda job: (job.created_at.isoformat(), job.job_id))

    async def start(self, tenant: str, job_id: str) -> Job | None:
        async with transaction(self._pool, tenant) as conn:
            started = await (await conn.execute(QUERIES["start_job"], _key(tenant, job_id))).fetchone()
            return await get(conn, tenant, job_id) if started else None

    async def finish(self, tenant: str, job_id: str, result: Mapping[str, object], progress: Progress) -> None:
        ended = _key(tenant, job_id) | _counts(progress) | {"result": Jsonb(dict(result))}
        async with transaction(self._pool, tenant) as conn:
            finished = await (await conn.execute(QUERIES["finish_job"], ended)).fetchone()
            if finished and finished[0] == JobKind.ANALYSIS:
                found = await _of_those_left(conn, tenant, job_id, finished[1], result)
                payload = {"analysis_id": job_id, "collection": finished[1], **found}
                await events.emit(conn, self._queue, tenant, [Event(EventKind.ANALYSIS_DONE, payload)])

    async def fail(self, tenant: str, job_id: str, failure: Failure, delay: float | None) -> None:
        told = {"code": failure.code, "detail": failure.detail, "final": delay is None}
        async with transaction(self._pool, tenant) as conn:
            row = await (await conn.execute(QUERIES["fail_job"], _key(tenant, job_id) | told)).fetchone()
            if row is None:
                return
            kind, subject = JobKind(row[0]), str(row[1])
            if delay is None:
                await events.emit(conn, self._queue, tenant, [failed(job_id, kind, subject, failure)])
            else:
                await self._queue.put(conn, FIRST_TASK[kind], [_key(tenant, job_id)], delay=delay)

    async def cancel(self, tenant: str, job_id: str) -> Job:
        async with transaction(self._pool, tenant) as conn:
            await get(conn, tenant, job_id)
            if await (await conn.execute(QUERIES["cancel_job"], _key(tenant, job_id))).fetchone() is None:
                msg = "The job has ended already."
                raise Conflict(msg)
            return await get(conn, tenant, job_id)

    async def retry(self, tenant: str, job_id: str) -> Job:
        async with transaction(self._pool, tenant) as conn:
            job = await get(conn, tenant, job_id)
            if await (await conn.execute(QUERIES["requeue_job"], _key(tenant, job_id))).fetchone() is None:
                msg = f"The job is {job.state}; only one that failed is tried again."
                raise Conflict(msg)
            await self._queue.put(conn, FIRST_TASK[job.kind], [_key(tenant, job_id)])
            return await get(conn, tenant, job_id)

    async def delete(self, tenant: str, job_id: str) -> None:
        async with transaction(self._pool, tenant) as conn:
            await conn.execute(QUERIES["delete_job"], _key(tenant, job_id))

    async def forget(self, days: int) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget_old_jobs"], {"days": days})


async def open_job(conn: Connection, queue: Queue, tenant: str, order: Order) -> Job:
    """Keep a new job and have a worker begin it."""
    asked = {"tenant": tenant, "kind": order.kind, "subject": order.subject, "request": Jsonb(dict(order.request))}
    (job_id,) = await (await conn.execute(QUERIES["open_job"], asked)).fetchone() or ("",)
    await queue.put(conn, FIRST_TASK[order.kind], [_key(tenant, job_id)])
    return await get(conn, tenant, job_id)


async def get(conn: Connection, tenant: str, job_id: str) -> Job:
    """The job. Raises JobNotFound."""
    key = {"tenant": tenant, "job_id": uuid_or(job_id, JobNotFound)}
    async with conn.cursor(row_factory=kwargs_row(_job)) as cur:
        found = await (await cur.execute(QUERIES["get_job"], key)).fetchone()
    if found is None:
        raise JobNotFound
    return found


async def complete(conn: Connection, queue: Queue, tenant: str, job_id: str) -> bool:
    """End the job if nothing is left of it; whether it was ended here, of all who may be trying."""
    await conn.execute(QUERIES["lock_job"], _key(tenant, job_id))
    row = await (await conn.execute(QUERIES["complete_job"], _key(tenant, job_id))).fetchone()
    if row is None:
        return False
    kind, subject, total, done, failed_parts, skipped = row
    if kind == JobKind.GALLERY:
        counts = {"total": total, "done": done, "failed": failed_parts, "cached": skipped}
        payload = {"gallery_id": subject, "job_id": job_id, **counts}
        await events.emit(conn, queue, tenant, [Event(EventKind.GALLERY_FINISHED, payload, subject)])
    return True


async def mark_listed(conn: Connection, tenant: str, job_id: str, total: int, skipped: int) -> None:
    """All there is to do is known."""
    await conn.execute(QUERIES["mark_listed"], _key(tenant, job_id) | {"total": total, "skipped": skipped})


async def reopen(conn: Connection, tenant: str, job_id: str) -> None:
    """Dead letters of a job that is done are to be tried again."""
    await conn.execute(QUERIES["reopen_job"], _key(tenant, job_id))


async def _of_those_left(
    conn: Connection, tenant: str, job_id: str, collection: str, result: Mapping[str, object]
) -> Mapping[str, object]:
    """What was found, less those who were deleted since they were. The others stay until the transaction ends."""
    names = named(result)
    asked = {"tenant": tenant, "collection": collection, "member_ids": sorted(names)}
    left = {row[0] for row in await (await conn.execute(QUERIES["hold_members"], asked)).fetchall()}
    if names <= left:
        return result
    rest = without(result, names - left)
    await conn.execute(QUERIES["correct_result"], _key(tenant, job_id) | {"result": Jsonb(rest)})
    return rest


def failed(job_id: str, kind: JobKind, subject: str, failure: Failure) -> Event:
    payload = {
        "job_id": job_id,
        "kind": str(kind),
        "subject": subject,
        "code": failure.code,
        "detail": failure.detail,
    }
    return Event(EventKind.JOB_FAILED, payload, subject if kind is JobKind.GALLERY else "")


def _key(tenant: str, job_id: str) -> dict[str, Any]:
    return {"tenant": tenant, "job_id": job_id}


def _counts(progress: Progress) -> dict[str, Any]:
    return {"total": progress.total, "done": progress.done, "failed": progress.failed}


def _job(
    *,
    kind: str,
    state: str,
    total: int,
    done: int,
    failed: int,
    error_code: str | None,
    error_detail: str | None,
    **rest: Any,  # noqa: ANN401 - columns that are fields of the same name
) -> Job:
    error = Failure(error_code, error_detail or "") if error_code else None
    return Job(kind=JobKind(kind), state=JobState(state), progress=Progress(total, done, failed), error=error, **rest)
