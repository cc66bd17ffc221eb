"""The database as its operator sees it."""

import asyncio
from collections.abc import Sequence
from typing import Any, Self

from psycopg.rows import dict_row, kwargs_row

from app.domain.backlog import Backlog, Lane
from app.domain.errors import DatabaseUnavailable
from app.store import sql
from app.store.migrate import pending
from app.store.pool import PING_SECONDS, Pool, everybody
from app.store.queue import LANES

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

    async def estimates(self) -> dict[str, int]:
        async with everybody(self._pool) as conn, conn.cursor(row_factory=dict_row) as cur:
            return dict(await (await cur.execute(QUERIES["estimate"])).fetchone() or {})

    async def queue_depth(self) -> int:
        async with everybody(self._pool) as conn:
            (waiting,) = await (await conn.execute(QUERIES["queue_depth"])).fetchone() or (0,)
        return int(waiting)

    async def backlog(self, worker_seconds: float) -> Backlog:
        async with everybody(self._pool) as conn, conn.cursor(row_factory=kwargs_row(_backlog)) as cur:
            [found] = await (await cur.execute(QUERIES["backlog"], {"seconds": worker_seconds})).fetchall()
        return found

    def describe(self) -> str:
        return self._description


def _backlog(*, lanes: list[dict[str, Any]], workers: int, **rest: Any) -> Backlog:  # noqa: ANN401 - columns named as the fields
    counted = {lane["name"]: Lane(**lane) for lane in lanes}
    # A lane that is empty is said to be, so that what is shown of it does not stay as it was.
    shown = tuple(counted.get(name, Lane(name, 0, 0, 0)) for name in LANES)
    return Backlog(shown, workers=workers // len(LANES), **rest)  # the queue knows a worker once for each of its lanes
