"""Keys to sign requests with, in Postgres."""

from psycopg.rows import class_row

from app.domain.access_keys import AccessKey, Signer, new_id, new_secret
from app.domain.errors import AccessKeyNotFound, FaceReconError
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.pool import Pool, everybody, transaction
from app.store.seal import Seal

QUERIES = sql.load(__file__)

KIND = "access_key"
"""What a sealed secret belongs to: this, the tenant and the key's id."""


class PgAccessKeyStore:
    """See user_ports.AccessKeyStore."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    async def create(self, tenant: str, name: str) -> tuple[AccessKey, str]:
        secret, access_key_id = new_secret(), new_id()
        kept = self._seal.sealed(secret, KIND, tenant, access_key_id)
        given = {"tenant": tenant, "access_key_id": access_key_id, "name": name, "secret": kept}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=class_row(AccessKey)) as cur:
            made = await (await cur.execute(QUERIES["create_key"], given)).fetchone()
        if made is None:
            raise FaceReconError  # pragma: no cover: an insert that fails raises
        return made, secret

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[AccessKey]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        asked = {"tenant": tenant, "after": after, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=class_row(AccessKey)) as cur:
            rows = await (await cur.execute(QUERIES["page_keys"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.access_key_id,))

    async def delete(self, tenant: str, access_key_id: str) -> None:
        gone = {"tenant": tenant, "access_key_id": access_key_id}
        async with transaction(self._pool, tenant) as conn:
            if await (await conn.execute(QUERIES["delete_key"], gone)).fetchone() is None:
                raise AccessKeyNotFound

    async def signer(self, access_key_id: str) -> Signer:
        async with everybody(self._pool) as conn:
            found = await (await conn.execute(QUERIES["signer"], {"access_key_id": access_key_id})).fetchone()
        if found is None:
            raise AccessKeyNotFound
        tenant, kept = found
        return Signer(tenant, self._seal.opened(kept, KIND, tenant, access_key_id))
