"""Webhooks in Postgres."""

from dataclasses import replace
from typing import Any

from psycopg.rows import kwargs_row

from app.domain.errors import Conflict, GalleryNotFound, WebhookNotFound
from app.domain.events import EventKind
from app.domain.members import Page
from app.domain.webhooks import OF_GALLERY, Webhook, WebhookDraft, WebhookRef, new_secret
from app.store import cursor as cursors
from app.store import sql
from app.store.pool import Connection, Pool, transaction
from app.store.seal import Seal

QUERIES = sql.load(__file__)


class PgWebhookStore:
    """See event_ports.WebhookStore."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    async def put(self, ref: WebhookRef, draft: WebhookDraft) -> tuple[Webhook, str]:
        async with transaction(self._pool, ref.tenant) as conn:
            if ref.webhook_id.startswith(OF_GALLERY):
                draft = await _of_gallery(conn, ref, draft)
            await _require_gallery(conn, ref, draft.gallery_id)
            secret, owner = draft.secret or new_secret(), (ref.tenant, ref.webhook_id)
            given = key(ref) | _drafted(draft) | {"secret": self._seal.sealed(secret, "webhook", *owner)}
            (is_new,) = await (await conn.execute(QUERIES["put_webhook"], given)).fetchone() or (False,)
            return await get(conn, ref), secret if is_new else ""

    async def get(self, ref: WebhookRef) -> Webhook:
        async with transaction(self._pool, ref.tenant) as conn:
            return await get(conn, ref)

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Webhook]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = {"tenant": tenant, "after": after, "only": None, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_webhook)) as cur:
            rows = await (await cur.execute(QUERIES["page_webhooks"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.webhook_id,))

    async def delete(self, ref: WebhookRef) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            await get(conn, ref)
            if ref.webhook_id.startswith(OF_GALLERY):
                msg = "It is a gallery's own: empty the gallery's webhook_url instead."
                raise Conflict(msg)
            await conn.execute(QUERIES["delete_webhook"], key(ref))


def key(ref: WebhookRef) -> dict[str, Any]:
    return {"tenant": ref.tenant, "webhook_id": ref.webhook_id}


async def get(conn: Connection, ref: WebhookRef) -> Webhook:
    """The webhook. Raises WebhookNotFound."""
    async with conn.cursor(row_factory=kwargs_row(_webhook)) as cur:
        asked = {"tenant": ref.tenant, "after": None, "only": ref.webhook_id, "limit": 1}
        found = await (await cur.execute(QUERIES["page_webhooks"], asked)).fetchone()
    if found is None:
        raise WebhookNotFound
    return found


async def _of_gallery(conn: Connection, ref: WebhookRef, draft: WebhookDraft) -> WebhookDraft:
    """What may be changed of a gallery's own webhook. Raises WebhookNotFound, Conflict."""
    kept = await get(conn, ref)
    if (draft.url, draft.gallery_id or kept.gallery_id) != (kept.url, kept.gallery_id):
        msg = "It is a gallery's own: its address is the gallery's webhook_url, and it is told of that gallery only."
        raise Conflict(msg)
    return replace(draft, gallery_id=kept.gallery_id)


async def _require_gallery(conn: Connection, ref: WebhookRef, gallery_id: str) -> None:
    asked = {"tenant": ref.tenant, "gallery_id": gallery_id}
    if gallery_id and await (await conn.execute(QUERIES["has_gallery"], asked)).fetchone() is None:
        raise GalleryNotFound


def _drafted(draft: WebhookDraft) -> dict[str, Any]:
    return {
        "url": draft.url,
        "events": [str(kind) for kind in draft.events],
        "gallery_id": draft.gallery_id or None,
        "rotate": draft.rotate or bool(draft.secret),
    }


def _webhook(*, events: list[str], **rest: Any) -> Webhook:  # noqa: ANN401 - columns that are fields of the same name
    return Webhook(events=tuple(map(EventKind, events)), **rest)
