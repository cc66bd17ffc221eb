"""Keys to sign requests with, in Postgres."""

from psycopg.rows import class_row

from app.domain.access_keys import AccessKey, Signer, new_id, new_secret
from app.domain.errors import AccessKeyNotFound, FaceReconError
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import seal, sql
from app.store.pool import Pool, transaction

QUERIES = sql.load(__file__)

ANYBODY = ""
"""The tenant of who has not said yet who they are."""


class PgAccessKeyStore:
    """See user_ports.AccessKeyStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(self, tenant: str, name: str) -> tuple[AccessKey, str]:
        secret = new_secret()
        given = {"tenant": tenant, "access_key_id": new_id(), "name": name, "secret": seal.sealed(secret)}
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
        async with transaction(self._pool, ANYBODY) as conn:
            found = await (await conn.execute(QUERIES["signer"], {"access_key_id": access_key_id})).fetchone()
        if found is None:
            raise AccessKeyNotFound
        return Signer(found[0], seal.opened(found[1]))
