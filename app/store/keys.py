"""API keys in Postgres, as digests."""

from typing import Any

from psycopg.rows import kwargs_row

from app.domain.access import Scope
from app.domain.errors import Conflict, KeyNotFound, TenantNotFound
from app.domain.keys import Key, KeyDraft
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.ids import uuid_or
from app.store.pool import Pool, everybody, transaction

QUERIES = sql.load(__file__)


class PgKeyStore:
    """See access_ports.KeyStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(self, tenant: str, draft: KeyDraft, digest: str, prefix: str) -> Key:
        given = {
            "tenant": tenant,
            "digest": digest,
            "prefix": prefix,
            "name": draft.name,
            "scopes": sorted(draft.scopes),
            "collections": sorted(draft.collections),
            "expires_at": draft.expires_at,
        }
        try:
            async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_key)) as cur:
                made = await (await cur.execute(QUERIES["add_key"], given)).fetchone()
        except Conflict:  # all that a key refers to is its tenant
            raise TenantNotFound from None
        assert made
        return made

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Key]:
        before_time, before = cursors.newest_first(cursor)
        asked = {"tenant": tenant, "before_time": before_time, "before": before, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_key)) as cur:
            rows = await (await cur.execute(QUERIES["page_keys"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.created_at.isoformat(), row.key_id))

    async def get(self, tenant: str, key_id: str) -> Key:
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_key)) as cur:
            found = await (await cur.execute(QUERIES["get_key"], _one(tenant, key_id))).fetchone()
        if found is None:
            raise KeyNotFound
        return found

    async def revoke(self, tenant: str, key_id: str) -> None:
        async with transaction(self._pool, tenant) as conn:
            if await (await conn.execute(QUERIES["revoke_key"], _one(tenant, key_id))).fetchone() is None:
                raise KeyNotFound

    async def find(self, digest: str) -> Key | None:
        async with everybody(self._pool) as conn, conn.cursor(row_factory=kwargs_row(_key)) as cur:
            return await (await cur.execute(QUERIES["find_key"], {"digest": digest})).fetchone()


def _one(tenant: str, key_id: str) -> dict[str, object]:
    return {"tenant": tenant, "key_id": uuid_or(key_id, KeyNotFound)}


def _key(*, scopes: list[str], collections: list[str], **rest: Any) -> Key:  # noqa: ANN401 - columns named as the fields
    return Key(scopes=frozenset(map(Scope, scopes)), collections=frozenset(collections), **rest)
