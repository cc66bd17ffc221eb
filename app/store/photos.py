"""Photos of galleries in Postgres: taken up, settled or given back, each exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.rows import kwargs_row

from app.domain.errors import FaceNotFound, InvalidRequest, PhotoNotFound
from app.domain.events import Event, EventKind
from app.domain.faces import Box, KeepableFace
from app.domain.galleries import (
    Basis,
    Claimed,
    ClientPhoto,
    FoundFace,
    GalleryRef,
    Photo,
    PhotoState,
    Seen,
)
from app.domain.jobs import Failure, Task
from app.domain.matching import Decision
from app.domain.members import Page
from app.domain.storage import StoredObject
from app.store import cursor as cursors
from app.store import events, galleries, jobs, matches, models, sql, vectors
from app.store.galleries import key
from app.store.ids import uuid_or
from app.store.matches import Matcher
from app.store.pool import Connection, Pool, everybody, retried, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)

CACHE_DAYS = 30
"""How long a processed photo is not processed again, unless it changes."""
PHOTOS_A_TASK = 8
"""Photos that travel together: the way through the queue costs as much as a small photo's faces do."""
FACE_COLUMNS = (
    *("embedding", "remote_id", "left", "top", "width", "height", "landmarks", "det_score", "quality"),
    "reasons",
)
BEST = (2.0, str(UUID(int=2**128 - 1)))
"""Comes before every match: they are listed best first."""


class PgPhotoStore:
    """See ports.PhotoStore."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def enlist(
        self,
        ref: GalleryRef,
        job_id: str,
        objects: Sequence[StoredObject],
        basis: Basis,
        *,
        force: bool,
    ) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            return await enlist(conn, self._queue, ref, job_id, objects, basis=basis, force=force)

    async def resume(self, ref: GalleryRef, job_id: str) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            rows = await conn.execute(QUERIES["left_photos"], key(ref) | {"job_id": job_id})
            await _send(conn, self._queue, ref, job_id, [row[0] for row in await rows.fetchall()])

    async def cached(self, ref: GalleryRef, objects: Sequence[StoredObject], basis: Basis) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            asked = _objects(objects) | await _basis(conn, ref, basis)
            (count,) = await (await conn.execute(QUERIES["count_cached"], asked)).fetchone() or (0,)
        return int(count)

    async def listed(self, ref: GalleryRef, job_id: str, total: int, skipped: int) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            await jobs.mark_listed(conn, ref.tenant, job_id, total, skipped)
            await jobs.complete(conn, self._queue, ref.tenant, job_id)

    async def claim(self, ref: GalleryRef, job_id: str, photo_ids: Sequence[str], basis: Basis) -> list[Claimed]:
        async with transaction(self._pool, ref.tenant) as conn:
            asked = await _basis(conn, ref, basis) | {"job_id": job_id, "photo_ids": list(photo_ids)}
            rows = await (await conn.execute(QUERIES["claim_photos"], asked)).fetchall()
        return [Claimed(*row) for row in rows]

    async def settle(self, ref: GalleryRef, job_id: str, seen: Sequence[Seen], basis: Basis) -> int:
        # A client may be deleted under it, or two photos may wait for each other's rows.
        return await retried(partial(self._settle, ref, job_id, seen, basis)) if seen else 0

    async def _settle(self, ref: GalleryRef, job_id: str, seen: Sequence[Seen], basis: Basis) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.hold(conn, ref)
            given = await _basis(conn, ref, basis) | {"job_id": job_id}
            ours = await _still_ours(conn, given, seen)
            given |= _seen(ours)
            await conn.execute(QUERIES["drop_faces"], given)
            await conn.execute(QUERIES["put_faces"], given | _faces(ours))
            await self._rematch(conn, ref, basis, given["photo_ids"])
            await conn.execute(QUERIES["settle_photos"], given)
            await conn.execute(QUERIES["remember"], given | {"days": CACHE_DAYS})
            await events.emit(conn, self._queue, ref.tenant, [_processed(ref, one) for one in ours])
        return len(ours)

    async def settle_kept(self, ref: GalleryRef, job_id: str, photo: Claimed, basis: Basis) -> bool:
        return await retried(partial(self._settle_kept, ref, job_id, photo, basis))

    async def _settle_kept(self, ref: GalleryRef, job_id: str, photo: Claimed, basis: Basis) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.hold(conn, ref)
            known = {"photo_ids": [photo.photo_id], "keys": [photo.key], "etags": [photo.etag], "job_id": job_id}
            given = await _basis(conn, ref, basis) | known
            if await (await conn.execute(QUERIES["lock_photos"], given)).fetchone() is None:
                return False
            await self._rematch(conn, ref, basis, [photo.photo_id])
            await conn.execute(QUERIES["settle_kept"], given | {"photo_id": photo.photo_id})
            await conn.execute(QUERIES["remember"], given | {"days": CACHE_DAYS})
        return True

    async def fail(self, ref: GalleryRef, job_id: str, photo: Claimed, failure: Failure, delay: float | None) -> None:
        told = {"code": failure.code, "detail": failure.detail, "final": delay is None}
        given = key(ref) | {"job_id": job_id, "photo_id": photo.photo_id} | told
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["fail_photo"], given)).fetchone() is None:
                return
            if delay is None:
                await events.emit(conn, self._queue, ref.tenant, [_dead(ref, job_id, photo, failure)])
            else:
                await _send(conn, self._queue, ref, job_id, [photo.photo_id], delay=delay)

    async def finish(self, ref: GalleryRef, job_id: str) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            return await jobs.complete(conn, self._queue, ref.tenant, job_id)

    async def retry(self, ref: GalleryRef, photo_ids: Sequence[str] | None = None, of_job: str | None = None) -> int:
        ids = None if photo_ids is None else [uuid_or(photo_id, PhotoNotFound) for photo_id in photo_ids]
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.own(conn, ref)
            job_id = of_job or await galleries.last_job(conn, ref)
            await jobs.reopen(conn, ref.tenant, job_id)
            asked = key(ref) | {"job_id": job_id, "photo_ids": ids, "of_job": of_job}
            rows = await (await conn.execute(QUERIES["retry_photos"], asked)).fetchall()
            await _send(conn, self._queue, ref, job_id, [row[0] for row in rows])
            await jobs.complete(conn, self._queue, ref.tenant, job_id)
        return len(rows)

    async def page(self, ref: GalleryRef, cursor: str, limit: int, *, state: PhotoState | None) -> Page[Photo]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = key(ref) | {"after": after, "state": state, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_photo)) as cur:
            await galleries.get(conn, ref)
            rows = await (await cur.execute(QUERIES["page_photos"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.key,))

    async def get(self, ref: GalleryRef, photo_id: str) -> tuple[Photo, Sequence[FoundFace]]:
        asked = key(ref) | {"photo_id": uuid_or(photo_id, PhotoNotFound)}
        async with transaction(self._pool, ref.tenant) as conn:
            photo = await _get(conn, asked)
            async with conn.cursor(row_factory=kwargs_row(_found)) as cur:
                return photo, await (await cur.execute(QUERIES["faces_of_photo"], asked)).fetchall()

    async def delete(self, ref: GalleryRef, photo_id: str) -> None:
        asked = key(ref) | {"photo_id": uuid_or(photo_id, PhotoNotFound)}
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["delete_photo"], asked)).fetchone() is None:
                raise PhotoNotFound

    async def of_client(
        self, ref: GalleryRef, client_id: str, cursor: str, limit: int, *, review: bool
    ) -> Page[ClientPhoto]:
        below, before = _below(cursor)
        asked = key(ref) | {"client_id": client_id, "below": below, "before": before, "review": review}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_client_photo)) as c:
            await galleries.get(conn, ref)
            await galleries.get_client(conn, ref, client_id)
            rows = await (await c.execute(QUERIES["page_client_photos"], asked | {"limit": limit + 1})).fetchall()
        return cursors.page(rows, limit, lambda row: (repr(row.similarity), row.photo_id))

    async def rematch(self, ref: GalleryRef, client_id: str, basis: Basis) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.own(conn, ref)
            matcher = await self._matcher(conn, ref, basis)
            photo_ids = await matches.touched(conn, matcher, client_id)
            return await matches.rematch(conn, self._queue, matcher, photo_ids)

    async def drop_client(self, ref: GalleryRef, client_id: str, basis: Basis) -> None:
        gone = key(ref) | {"client_id": client_id}
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.own(conn, ref)
            await galleries.get_client(conn, ref, client_id)
            rows = await (await conn.execute(QUERIES["photos_of_client"], gone)).fetchall()
            await conn.execute(QUERIES["delete_client"], gone)
            await self._rematch(conn, ref, basis, [row[0] for row in rows])

    async def reject(
        self, ref: GalleryRef, photo_id: str, face_id: str, client_id: str, *, basis: Basis, undo: bool
    ) -> None:
        photo, face = uuid_or(photo_id, PhotoNotFound), uuid_or(face_id, FaceNotFound)
        asked = key(ref) | {"photo_id": photo, "face_id": face, "client_id": client_id}
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.own(conn, ref)
            await galleries.get_client(conn, ref, client_id)
            await _get(conn, asked)
            if await (await conn.execute(QUERIES["has_face"], asked)).fetchone() is None:
                raise FaceNotFound
            await conn.execute(QUERIES["unreject"] if undo else QUERIES["reject"], asked)
            await self._rematch(conn, ref, basis, [photo_id])

    async def forget_expired(self) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget_expired"])

    async def _rematch(self, conn: Connection, ref: GalleryRef, basis: Basis, photo_ids: Sequence[str]) -> None:
        await matches.rematch(conn, self._queue, await self._matcher(conn, ref, basis), photo_ids)

    async def _matcher(self, conn: Connection, ref: GalleryRef, basis: Basis) -> Matcher:
        return Matcher(ref, await models.number(conn, ref.tenant, basis.model), basis)


async def enlist(
    conn: Connection,
    queue: Queue,
    ref: GalleryRef,
    job_id: str,
    objects: Sequence[StoredObject],
    *,
    basis: Basis,
    force: bool,
) -> int:
    """Take up those that are new, changed or not done, for this job; how many that are."""
    asked = _objects(objects) | await _basis(conn, ref, basis) | {"job_id": job_id, "force": force}
    rows = await (await conn.execute(QUERIES["enlist_photos"], asked)).fetchall()
    await _send(conn, queue, ref, job_id, [row[0] for row in rows])
    return len(rows)


async def _send(
    conn: Connection, queue: Queue, ref: GalleryRef, job_id: str, photo_ids: Sequence[str], *, delay: float = 0
) -> None:
    common = {"tenant": ref.tenant, "gallery_id": ref.gallery_id, "job_id": job_id}
    parcels = [common | {"photo_ids": list(some)} for some in _parcels(photo_ids)]
    await queue.put(conn, Task.MATCH_PHOTOS, parcels, delay=delay)


def _parcels(photo_ids: Sequence[str]) -> list[Sequence[str]]:
    return [photo_ids[n : n + PHOTOS_A_TASK] for n in range(0, len(photo_ids), PHOTOS_A_TASK)]


def _objects(objects: Sequence[StoredObject]) -> dict[str, Any]:
    return {
        "keys": [one.key for one in objects],
        "etags": [one.etag for one in objects],
        "sizes": [one.size for one in objects],
    }


async def _basis(conn: Connection, ref: GalleryRef, basis: Basis) -> dict[str, Any]:
    return key(ref) | {
        "model_id": await models.number(conn, ref.tenant, basis.model),
        "threshold": basis.threshold,
        "max_faces": basis.max_faces,
    }


async def _still_ours(conn: Connection, given: Mapping[str, Any], seen: Sequence[Seen]) -> list[Seen]:
    asked = {**given, "photo_ids": [one.photo.photo_id for one in seen]}
    ours = {row[0] for row in await (await conn.execute(QUERIES["lock_photos"], asked)).fetchall()}
    return [one for one in seen if one.photo.photo_id in ours]


def _seen(seen: Sequence[Seen]) -> dict[str, Any]:
    return {
        "photo_ids": [one.photo.photo_id for one in seen],
        "keys": [one.photo.key for one in seen],
        "etags": [one.etag for one in seen],
        "widths": [one.width for one in seen],
        "heights": [one.height for one in seen],
        "counts": [one.faces_detected for one in seen],
    }


def _faces(seen: Sequence[Seen]) -> dict[str, Any]:
    """The faces of all photos, a column a key."""
    rows = [_face(face) | {"of_photo": one.photo.photo_id} for one in seen for face in one.faces]
    return {name: [row[name] for row in rows] for name in (*FACE_COLUMNS, "of_photo")}


def _face(face: KeepableFace) -> dict[str, Any]:
    found, quality = face.aligned.found, face.aligned.quality
    values = (
        *vectors.kept(face),
        *(found.box.left, found.box.top, found.box.width, found.box.height),
        _array(found.landmarks.ravel().tolist()),
        *(float(found.score), float(quality.score)),
        _array(quality.reasons),
    )
    return dict(zip(FACE_COLUMNS, values, strict=True))


def _array(values: Iterable[object]) -> str:
    """As Postgres reads an array: of numbers, or of words without commas or quotes."""
    return f"{{{','.join(map(str, values))}}}"


def _processed(ref: GalleryRef, seen: Seen) -> Event:
    payload = {
        "gallery_id": ref.gallery_id,
        "photo_id": seen.photo.photo_id,
        "key": seen.photo.key,
        "faces_detected": seen.faces_detected,
    }
    return Event(EventKind.PHOTO_PROCESSED, payload, ref.gallery_id)


def _dead(ref: GalleryRef, job_id: str, photo: Claimed, failure: Failure) -> Event:
    payload = {
        "gallery_id": ref.gallery_id,
        "job_id": job_id,
        "photo_id": photo.photo_id,
        "key": photo.key,
        "code": failure.code,
        "detail": failure.detail,
    }
    return Event(EventKind.JOB_FAILED, payload, ref.gallery_id)


async def _get(conn: Connection, asked: Mapping[str, Any]) -> Photo:
    async with conn.cursor(row_factory=kwargs_row(_photo)) as cur:
        found = await (await cur.execute(QUERIES["get_photo"], asked)).fetchone()
    if found is None:
        raise PhotoNotFound
    return found


def _below(cursor: str) -> tuple[float, str]:
    if not cursor:
        return BEST
    similarity, photo_id = cursors.decode(cursor, 2)
    try:
        return float(similarity), str(UUID(photo_id))
    except ValueError:
        msg = "The cursor is not one that lists a client's photos."
        raise InvalidRequest(msg) from None


def _photo(*, state: str, error_code: str | None, error_detail: str | None, **rest: Any) -> Photo:  # noqa: ANN401
    error = Failure(error_code, error_detail or "") if error_code else None
    return Photo(state=PhotoState(state), error=error, **rest)


def _found(
    *,
    box_left: float,
    box_top: float,
    box_width: float,
    box_height: float,
    decision: str | None,
    **rest: Any,  # noqa: ANN401
) -> FoundFace:
    box = Box(box_left, box_top, box_width, box_height)
    return FoundFace(box=box, decision=Decision(decision) if decision else None, **rest)


def _client_photo(
    *,
    box_left: float,
    box_top: float,
    box_width: float,
    box_height: float,
    decision: str,
    **rest: Any,  # noqa: ANN401
) -> ClientPhoto:
    return ClientPhoto(box=Box(box_left, box_top, box_width, box_height), decision=Decision(decision), **rest)
