"""The database as its operator sees it."""

import asyncio
from collections.abc import Sequence
from typing import Self

from psycopg.rows import dict_row

from app.domain.errors import DatabaseUnavailable
from app.store import sql
from app.store.migrate import pending
from app.store.pool import PING_SECONDS, Pool, everybody

QUERIES = sql.load(__file__)


class PgDatabase:
    """See ports.Database."""

    def __init__(self, pool: Pool, description: str) -> None:
        self._pool = pool
        self._description = description

    @classmethod
    async def meet(cls, pool: Pool, *, embedded: bool) -> Self:
        """Ask once what it is; it stays the same while we are connected."""
        async with everybody(pool) as conn:
            server, pgvector = await (await conn.execute(QUERIES["describe"])).fetchone() or ("", None)
        kind = "embedded PostgreSQL" if embedded else "PostgreSQL"
        return cls(pool, f"{kind} {str(server).split()[0]}, pgvector {pgvector or 'missing'}")

    async def ping(self) -> None:
        try:
            async with asyncio.timeout(min(PING_SECONDS, self._pool.timeout)):
                async with everybody(self._pool) as conn:
                    await conn.execute(QUERIES["ping"])
        except TimeoutError as error:
            raise DatabaseUnavailable from error

    async def pending_migrations(self) -> Sequence[str]:
        return await pending(self._pool)

    async def counts(self) -> dict[str, int]:
        async with everybody(self._pool) as conn, conn.cursor(row_factory=dict_row) as cur:
            return dict(await (await cur.execute(QUERIES["count"])).fetchone() or {})

    async def queue_depth(self) -> int:
        async with everybody(self._pool) as conn:
            (waiting,) = await (await conn.execute(QUERIES["queue_depth"])).fetchone() or (0,)
        return int(waiting)

    def describe(self) -> str:
        return self._description
