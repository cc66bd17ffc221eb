"""Blacklists in Postgres."""

from typing import Any

from psycopg.rows import class_row, kwargs_row

from app.domain.blacklist import Entry, EntryDraft, Hit
from app.domain.collections import CollectionRef
from app.domain.errors import CollectionNotFound, Conflict, EntryNotFound
from app.domain.faces import Box
from app.domain.matching import Decision
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.members import jsonb
from app.store.pool import Connection, Pool, transaction

QUERIES = sql.load(__file__)


class PgBlacklistStore:
    """See watch_ports.BlacklistStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, ref: CollectionRef, draft: EntryDraft) -> Entry:
        said = _said(ref, draft)
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["has_blacklist"], _key(ref))).fetchone() is None:
                raise CollectionNotFound
            if await (await conn.execute(QUERIES["add_member"], said)).fetchone() is None:
                msg = "There is an entry of that id already."
                raise Conflict(msg)
            await conn.execute(QUERIES["say"], said)
            return await _get(conn, ref, draft.entry_id)

    async def get(self, ref: CollectionRef, entry_id: str) -> Entry:
        async with transaction(self._pool, ref.tenant) as conn:
            return await _get(conn, ref, entry_id)

    async def page(self, ref: CollectionRef, cursor: str, limit: int, *, in_force: bool | None) -> Page[Entry]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = _key(ref) | {"after": after, "only": None, "in_force": in_force, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=class_row(Entry)) as cur:
            rows = await (await cur.execute(QUERIES["page_entries"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.entry_id,))

    async def update(self, ref: CollectionRef, draft: EntryDraft) -> Entry:
        said = _said(ref, draft)
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["change_member"], said)).fetchone() is None:
                raise EntryNotFound
            await conn.execute(QUERIES["say"], said)
            return await _get(conn, ref, draft.entry_id)

    async def out_of_force(self, ref: CollectionRef) -> frozenset[str]:
        async with transaction(self._pool, ref.tenant) as conn:
            rows = await (await conn.execute(QUERIES["out_of_force"], _key(ref))).fetchall()
        return frozenset(row[0] for row in rows)

    async def hits(self, ref: CollectionRef, entry_id: str, cursor: str, limit: int, *, review: bool) -> Page[Hit]:
        before_time, before_image = cursors.newest_first(cursor)
        asked = {"entry_id": entry_id, "review": review, "limit": limit + 1}
        before = {"before_time": before_time, "before_image": before_image}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_hit)) as cur:
            await _get(conn, ref, entry_id)
            rows = await (await cur.execute(QUERIES["page_hits"], _key(ref) | asked | before)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.created_at.isoformat(), row.image_id))


async def _get(conn: Connection, ref: CollectionRef, entry_id: str) -> Entry:
    asked = _key(ref) | {"after": None, "only": entry_id, "in_force": None, "limit": 1}
    async with conn.cursor(row_factory=class_row(Entry)) as cur:
        found = await (await cur.execute(QUERIES["page_entries"], asked)).fetchone()
    if found is None:
        raise EntryNotFound
    return found


def _key(ref: CollectionRef) -> dict[str, Any]:
    return {"tenant": ref.tenant, "collection": ref.name}


def _said(ref: CollectionRef, draft: EntryDraft) -> dict[str, Any]:
    return _key(ref) | {
        "entry_id": draft.entry_id,
        "name": draft.name,
        "metadata": jsonb(draft.metadata),
        "reason": draft.reason,
        "active": draft.active,
        "expires_at": draft.expires_at,
        "endless": draft.endless,
    }


def _hit(*, decision: str, box: dict[str, float], **rest: Any) -> Hit:  # noqa: ANN401 - columns that are fields
    return Hit(decision=Decision(decision), box=Box(**box), **rest)
