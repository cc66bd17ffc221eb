"""Pictures that were searched, in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from app.domain.collections import CollectionRef, Kind
from app.domain.errors import ImageNotFound
from app.domain.events import Event, EventKind
from app.domain.matching import Decision
from app.domain.members import Page
from app.domain.processed import Found, History, Looked, ProcessedImage
from app.store import cursor as cursors
from app.store import events, sql
from app.store.ids import uuid_or
from app.store.pool import Connection, Pool, everybody, retried, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)


class PgProcessedStore:
    """See watch_ports.ProcessedStore."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def keep(self, ref: CollectionRef, looked: Looked) -> ProcessedImage:
        return await retried(partial(self._keep, ref, looked))

    async def get(self, tenant: str, image_id: str) -> ProcessedImage:
        async with transaction(self._pool, tenant) as conn:
            return await _get(conn, tenant, image_id)

    async def page(self, tenant: str, which: History, cursor: str, limit: int) -> Page[ProcessedImage]:
        async with transaction(self._pool, tenant) as conn:
            rows = await _images(conn, tenant, which, cursors.newest_first(cursor), limit=limit + 1)
        return cursors.page(rows, limit, lambda row: (row.created_at.isoformat(), row.image_id))

    async def delete(self, tenant: str, image_id: str) -> None:
        asked = {"tenant": tenant, "image_id": uuid_or(image_id, ImageNotFound)}
        async with transaction(self._pool, tenant) as conn:
            if await (await conn.execute(QUERIES["delete_image"], asked)).fetchone() is None:
                raise ImageNotFound

    async def forget(self, days: int) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget_old_images"], {"days": days})

    async def _keep(self, ref: CollectionRef, looked: Looked) -> ProcessedImage:
        key = {"tenant": ref.tenant, "collection": ref.name}
        async with transaction(self._pool, ref.tenant) as conn:
            (image_id,) = await (await conn.execute(QUERIES["keep_image"], key | _row(looked))).fetchone() or ("",)
            await conn.execute(QUERIES["keep_matches"], key | {"image_id": image_id} | _columns(looked.found))
            kept = await _get(conn, ref.tenant, image_id)
            kind = await (await conn.execute(QUERIES["kind_of"], key)).fetchone()
            if kind and kind[0] == Kind.BLACKLIST:
                await events.emit(conn, self._queue, ref.tenant, _hits(kept))
        return kept


async def _get(conn: Connection, tenant: str, image_id: str) -> ProcessedImage:
    only = str(uuid_or(image_id, ImageNotFound))
    found = await _images(conn, tenant, History(), cursors.LAST, limit=1, only=only)
    if not found:
        raise ImageNotFound
    return found[0]


async def _images(
    conn: Connection, tenant: str, which: History, before: tuple[str, str], *, limit: int, only: str | None = None
) -> list[ProcessedImage]:
    asked = {
        "tenant": tenant,
        "only": only,
        "wanted_collection": which.collection,
        "matched": which.matched,
        "identity": which.identity,
        "source": which.source,
        "since": which.since,
        "until": which.until,
        "before_time": before[0],
        "before_image": before[1],
        "limit": limit,
    }
    async with conn.cursor(row_factory=kwargs_row(_image)) as cur:
        return await (await cur.execute(QUERIES["page_images"], asked)).fetchall()


def _row(looked: Looked) -> dict[str, Any]:
    return {
        "digest": looked.digest,
        "source": looked.source,
        "width": looked.width,
        "height": looked.height,
        "faces_detected": looked.faces_detected,
        "threshold": looked.threshold,
        "model": looked.model,
        "faces": Jsonb([dict(face) for face in looked.faces]),
    }


def _columns(found: Sequence[Found]) -> dict[str, Any]:
    return {
        "numbers": [one.face for one in found],
        "member_ids": [one.member_id for one in found],
        "face_ids": [one.face_id for one in found],
        "similarities": [one.similarity for one in found],
        "decisions": [str(one.decision) for one in found],
    }


def _hits(image: ProcessedImage) -> list[Event]:
    """One for each who was found for sure, by the face most alike: they come best first."""
    best: dict[str, Found] = {}
    for found in image.looked.found:
        if found.decision is Decision.MATCH:
            best.setdefault(found.member_id, found)
    return [_hit(image, found) for found in best.values()]


def _hit(image: ProcessedImage, found: Found) -> Event:
    payload = {
        "image_id": image.image_id,
        "collection": image.collection,
        "entry_id": found.member_id,
        "face_id": found.face_id,
        "similarity": found.similarity,
        "distance": found.distance,
        "threshold": image.looked.threshold,
        "box": image.looked.faces[found.face]["box"],
        "source": image.looked.source,
    }
    return Event(EventKind.BLACKLIST_HIT, payload)


def _image(
    *,
    image_id: str,
    collection: str,
    created_at: datetime,
    found: list[dict[str, Any]],
    **rest: Any,  # noqa: ANN401 - columns that are fields of the same name
) -> ProcessedImage:
    who = [Found(**{**one, "decision": Decision(one["decision"])}) for one in found]
    return ProcessedImage(image_id, collection, Looked(found=who, **rest), created_at)
