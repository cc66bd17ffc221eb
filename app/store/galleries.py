"""Galleries and their clients in Postgres."""

from dataclasses import replace
from datetime import datetime

from psycopg.rows import class_row, kwargs_row

from app.domain.errors import ClientNotFound, GalleryNotFound, JobNotFound
from app.domain.events import HAPPENINGS
from app.domain.galleries import Client, Gallery, GalleryDraft, GalleryRef, PhotoCounts, Standing
from app.domain.jobs import Job, JobKind, JobState, Order
from app.domain.members import MemberDraft, Page
from app.domain.storage import Folder
from app.domain.webhooks import OF_GALLERY, new_secret
from app.store import cursor as cursors
from app.store import jobs, sql
from app.store.members import jsonb
from app.store.pool import Connection, Pool, transaction
from app.store.queue import Queue
from app.store.seal import Seal

QUERIES = sql.load(__file__)


class PgGalleryStore:
    """See ports.GalleryStore."""

    def __init__(self, pool: Pool, queue: Queue, seal: Seal) -> None:
        self._pool = pool
        self._queue = queue
        self._seal = seal

    async def put(self, ref: GalleryRef, draft: GalleryDraft) -> Gallery:
        given = key(ref) | {
            "name": draft.name,
            "source": draft.source.uri,
            "threshold": draft.threshold,
            "max_faces": draft.max_faces,
            "webhook_url": draft.webhook_url,
        }
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["put_gallery_collection"], given)
            await conn.execute(QUERIES["put_gallery"], given)
            secret = await _hook(conn, ref, draft.webhook_url, self._seal)
            return replace(await get(conn, ref), webhook_secret=secret)

    async def get(self, ref: GalleryRef) -> Gallery:
        async with transaction(self._pool, ref.tenant) as conn:
            return await get(conn, ref)

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Gallery]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = {"tenant": tenant, "after": after, "only": None, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_gallery)) as cur:
            rows = await (await cur.execute(QUERIES["page_galleries"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.gallery_id,))

    async def delete(self, ref: GalleryRef) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["cancel_gallery_jobs"], key(ref))
            if await (await conn.execute(QUERIES["delete_gallery"], key(ref))).fetchone() is None:
                raise GalleryNotFound
            await conn.execute(QUERIES["delete_gallery_collection"], key(ref))

    async def begin(self, ref: GalleryRef, *, force: bool) -> Job:
        async with transaction(self._pool, ref.tenant) as conn:
            await own(conn, ref)
            running = await (await conn.execute(QUERIES["running_job"], key(ref))).fetchone()
            if running and not force:
                return await jobs.get(conn, ref.tenant, running[0])
            order = Order(JobKind.GALLERY, ref.gallery_id, {"force": force})
            return await jobs.open_job(conn, self._queue, ref.tenant, order)

    async def standing(self, ref: GalleryRef) -> Standing:
        async with transaction(self._pool, ref.tenant) as conn:
            photos = (await get(conn, ref)).photos
            row = await (await conn.execute(QUERIES["standing"], key(ref))).fetchone()
        if row is None:
            return Standing(photos, "", JobState.DONE, listed=False, cached=0, rate=0.0)
        job_id, state, listed, cached, rate = row
        return Standing(photos, job_id, JobState(state), listed, cached, rate or 0.0)

    async def put_client(self, ref: GalleryRef, draft: MemberDraft) -> Client:
        given = {"client_id": draft.member_id, "name": draft.name, "metadata": jsonb(draft.metadata)}
        async with transaction(self._pool, ref.tenant) as conn:
            await get(conn, ref)
            await conn.execute(QUERIES["put_client"], key(ref) | given)
            return await get_client(conn, ref, draft.member_id)

    async def client(self, ref: GalleryRef, client_id: str) -> Client:
        async with transaction(self._pool, ref.tenant) as conn:
            await get(conn, ref)
            return await get_client(conn, ref, client_id)

    async def clients(self, ref: GalleryRef, cursor: str, limit: int) -> Page[Client]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = key(ref) | {"after": after, "only": None, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=class_row(Client)) as cur:
            await get(conn, ref)
            rows = await (await cur.execute(QUERIES["page_clients"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.client_id,))


def key(ref: GalleryRef) -> dict[str, object]:
    return {
        "tenant": ref.tenant,
        "gallery_id": ref.gallery_id,
        "collection": ref.clients.name,
        "webhook_id": f"{OF_GALLERY}{ref.gallery_id}",
    }


async def get(conn: Connection, ref: GalleryRef) -> Gallery:
    """The gallery. Raises GalleryNotFound."""
    async with conn.cursor(row_factory=kwargs_row(_gallery)) as cur:
        asked = key(ref) | {"after": None, "only": ref.gallery_id, "limit": 1}
        found = await (await cur.execute(QUERIES["page_galleries"], asked)).fetchone()
    if found is None:
        raise GalleryNotFound
    return found


async def get_client(conn: Connection, ref: GalleryRef, client_id: str) -> Client:
    """The client. Raises ClientNotFound."""
    asked = key(ref) | {"after": None, "only": client_id, "limit": 1}
    async with conn.cursor(row_factory=class_row(Client)) as cur:
        found = await (await cur.execute(QUERIES["page_clients"], asked)).fetchone()
    if found is None:
        raise ClientNotFound
    return found


async def hold(conn: Connection, ref: GalleryRef) -> None:
    """Keep others from changing clients until the end; many may hold. Raises GalleryNotFound."""
    if await (await conn.execute(QUERIES["hold_gallery"], key(ref))).fetchone() is None:
        raise GalleryNotFound


async def own(conn: Connection, ref: GalleryRef) -> None:
    """Keep others from settling photos until the end. Raises GalleryNotFound."""
    if await (await conn.execute(QUERIES["own_gallery"], key(ref))).fetchone() is None:
        raise GalleryNotFound


async def last_job(conn: Connection, ref: GalleryRef) -> str:
    """The gallery's last run. Raises JobNotFound where there was none."""
    row = await (await conn.execute(QUERIES["standing"], key(ref))).fetchone()
    if row is None:
        msg = "The gallery has not been processed yet."
        raise JobNotFound(msg)
    return str(row[0])


async def _hook(conn: Connection, ref: GalleryRef, url: str, seal: Seal) -> str:
    """Have the gallery's own webhook as the address says. Its secret where it was made by this, otherwise ""."""
    if not url:
        await conn.execute(QUERIES["drop_gallery_webhook"], key(ref))
        return ""
    secret = new_secret()
    sealed = seal.sealed(secret, "webhook", ref.tenant, OF_GALLERY + ref.gallery_id)
    given = {"webhook_url": url, "events": [str(kind) for kind in HAPPENINGS], "secret": sealed}
    (made,) = await (await conn.execute(QUERIES["put_gallery_webhook"], key(ref) | given)).fetchone() or (False,)
    return secret if made else ""


def _gallery(
    *,
    gallery_id: str,
    name: str,
    source: str,
    threshold: float | None,
    max_faces: int,
    webhook_url: str,
    clients: int,
    created_at: datetime,
    updated_at: datetime,
    **photos: int,
) -> Gallery:
    return Gallery(
        gallery_id,
        name,
        Folder.parse(source),
        threshold,
        max_faces,
        webhook_url,
        clients,
        PhotoCounts(**photos),
        created_at,
        updated_at,
    )
