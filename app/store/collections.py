"""Collections in Postgres."""

from dataclasses import asdict
from typing import Any

from psycopg.rows import kwargs_row

from app.domain.collections import (
    AS_IT_IS,
    DEFAULT_COLLECTION,
    Collection,
    CollectionRef,
    FaceBackend,
    Kind,
    Rules,
)
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

    async def put(self, ref: CollectionRef, kind: Kind, rules: Rules = AS_IT_IS) -> Collection:
        given = {"tenant": ref.tenant, "name": ref.name, "kind": kind, **asdict(rules)}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["put_collection"], given)
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
        arguments = {"tenant": ref.tenant, "name": ref.name, "kind": Kind.MEMBERS, **asdict(AS_IT_IS)}
        async with transaction(self._pool, ref.tenant) as conn:
            gone = await (await conn.execute(QUERIES["delete_collection"], arguments)).fetchone()
            if gone is None:
                raise CollectionNotFound
            if ref.name == DEFAULT_COLLECTION:
                await conn.execute(QUERIES["put_collection"], arguments)

    async def backend(self, ref: CollectionRef) -> tuple[str, FaceBackend | None]:
        """The identity of the model whose faces are in it, "" where there are none, and who is to recognise them."""
        async with transaction(self._pool, ref.tenant) as conn:
            asked = {"tenant": ref.tenant, "name": ref.name}
            model, backend = await (await conn.execute(QUERIES["find_backend"], asked)).fetchone() or ("", None)
        return str(model), FaceBackend(backend) if backend else None


async def _get(conn: Connection, ref: CollectionRef) -> Collection:
    async with conn.cursor(row_factory=kwargs_row(_collection)) as cur:
        await cur.execute(QUERIES["get_collection"], {"tenant": ref.tenant, "name": ref.name})
        found = await cur.fetchone()
    if found is None:
        raise CollectionNotFound
    return found


def _collection(*, kind: str, liveness: str, backend: str | None, **rest: Any) -> Collection:  # noqa: ANN401 - a row as it comes
    chosen = FaceBackend(backend) if backend else None
    return Collection(kind=Kind(kind), liveness=LivenessMode(liveness), backend=chosen, **rest)
