"""Collections in Postgres."""

from datetime import datetime

from psycopg.rows import kwargs_row

from app.domain.collections import DEFAULT_COLLECTION, Collection, CollectionRef, Kind
from app.domain.errors import CollectionNotFound, Conflict
from app.domain.liveness import LivenessMode
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.pool import Connection, Pool, transaction

QUERIES = sql.load(__file__)


class PgCollectionStore:
    """See ports.CollectionStore. The collection `default` is always there: deleting it empties it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Collection]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        arguments = {"tenant": tenant, "after": after, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_collection)) as cur:
            rows = await (await cur.execute(QUERIES["page_collections"], arguments)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.name,))

    async def get(self, ref: CollectionRef) -> Collection:
        async with transaction(self._pool, ref.tenant) as conn:
            return await _get(conn, ref)

    async def put(self, ref: CollectionRef, kind: Kind, liveness: LivenessMode | None = None) -> Collection:
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["put_collection"], {"tenant": ref.tenant, "name": ref.name, "kind": kind})
            if liveness is not None:
                wanted = {"tenant": ref.tenant, "name": ref.name, "kind": kind, "liveness": liveness}
                await conn.execute(QUERIES["set_liveness"], wanted)
            found = await _get(conn, ref)
        if found.kind is not kind:
            msg = f"The collection is of the kind {found.kind} and cannot become one of {kind}."
            raise Conflict(msg)
        return found

    async def liveness(self, ref: CollectionRef) -> LivenessMode:
        async with transaction(self._pool, ref.tenant) as conn:
            asked = await conn.execute(QUERIES["get_liveness"], {"tenant": ref.tenant, "name": ref.name})
            row = await asked.fetchone()
        return LivenessMode(row[0]) if row else LivenessMode.OFF

    async def delete(self, ref: CollectionRef) -> None:
        arguments = {"tenant": ref.tenant, "name": ref.name, "kind": Kind.MEMBERS}
        async with transaction(self._pool, ref.tenant) as conn:
            gone = await (await conn.execute(QUERIES["delete_collection"], arguments)).fetchone()
            if gone is None:
                raise CollectionNotFound
            if ref.name == DEFAULT_COLLECTION:
                await conn.execute(QUERIES["put_collection"], arguments)


async def _get(conn: Connection, ref: CollectionRef) -> Collection:
    async with conn.cursor(row_factory=kwargs_row(_collection)) as cur:
        await cur.execute(QUERIES["get_collection"], {"tenant": ref.tenant, "name": ref.name})
        found = await cur.fetchone()
    if found is None:
        raise CollectionNotFound
    return found


def _collection(
    *, name: str, kind: str, model: str, members: int, faces: int, created_at: datetime, liveness: str
) -> Collection:
    return Collection(name, Kind(kind), model, members, faces, created_at, LivenessMode(liveness))
