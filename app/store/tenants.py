"""Tenants in Postgres."""

from dataclasses import asdict

from psycopg.rows import class_row

from app.domain.errors import TenantNotFound
from app.domain.keys import SAME_QUOTA, Quota, Tenant
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.pool import Pool, everybody, transaction

QUERIES = sql.load(__file__)


class PgTenantStore:
    """See access_ports.TenantStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, tenant_id: str, name: str, quota: Quota = SAME_QUOTA) -> Tenant:
        given = {"tenant": tenant_id, "name": name, **asdict(quota)}
        async with transaction(self._pool, tenant_id) as conn, conn.cursor(row_factory=class_row(Tenant)) as cur:
            made = await (await cur.execute(QUERIES["put_tenant"], given)).fetchone()
        assert made
        return made

    async def get(self, tenant_id: str) -> Tenant:
        async with transaction(self._pool, tenant_id) as conn, conn.cursor(row_factory=class_row(Tenant)) as cur:
            found = await (await cur.execute(QUERIES["get_tenant"], {"tenant": tenant_id})).fetchone()
        if found is None:
            raise TenantNotFound
        return found

    async def page(self, cursor: str, limit: int) -> Page[Tenant]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = {"after": after, "limit": limit + 1}
        async with everybody(self._pool) as conn, conn.cursor(row_factory=class_row(Tenant)) as cur:
            rows = await (await cur.execute(QUERIES["page_tenants"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.tenant_id,))

    async def delete(self, tenant_id: str) -> None:
        async with transaction(self._pool, tenant_id) as conn:
            await conn.execute(QUERIES["delete_galleries"], {"tenant": tenant_id})
            await conn.execute(QUERIES["delete_collections"], {"tenant": tenant_id})
            if await (await conn.execute(QUERIES["delete_tenant"], {"tenant": tenant_id})).fetchone() is None:
                raise TenantNotFound
