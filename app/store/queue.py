"""The queue: procrastinate's tables in our Postgres, over our own connections.

A task is put into the queue in the transaction that writes the row it is about: both are there, or neither is. What
the API shows of work is in our own tables; the queue's rows are gone once their task has ended.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

from procrastinate import App
from procrastinate.connector import BaseAsyncConnector, Notify
from procrastinate.exceptions import ConnectorException, NoResult
from psycopg import AsyncConnection, AsyncCursor
from psycopg.errors import RaiseException
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from app import tracing
from app.domain.errors import FaceReconError
from app.domain.events import Channel
from app.domain.jobs import PRIORITIES, Task
from app.store.pool import Connection, Pool, everybody

WORK, DELIVERIES = "default", "deliveries"
LANES = (WORK, DELIVERIES)
"""The two lanes of the queue. Deliveries spend their time waiting for others, and work must not wait with them."""


def lane(task: Task) -> str:
    """The lane that a task goes by."""
    return DELIVERIES if task is Task.DELIVER else WORK


logging.getLogger("procrastinate").setLevel(logging.WARNING)  # it tells of every task, twice


class Connector(BaseAsyncConnector):
    """What procrastinate asks of Postgres, each in a transaction of ours: through any pooler, in its own schema."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.broken = asyncio.Event()
        """Set once something failed: what was asked may have been done and not been heard of."""

    async def open_async(self, pool: object = None) -> None:
        """Nothing: the connections are there."""

    async def close_async(self) -> None:
        """Nothing: whoever opened the connections closes them."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:  # noqa: ANN401
        async with self._cursor() as cursor:
            await cursor.execute(query, _wrapped(arguments))

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        async with self._cursor() as cursor:
            return await _one(cursor, query, arguments)

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        async with self._cursor() as cursor:
            return await _all(cursor, query, arguments)

    async def execute_query_one_async_with_connection(
        self,
        connection: Connection,
        query: LiteralString,
        **arguments: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        async with connection.cursor(row_factory=dict_row) as cursor:
            return await _one(cursor, query, arguments)

    async def execute_query_all_async_with_connection(
        self,
        connection: Connection,
        query: LiteralString,
        **arguments: Any,  # noqa: ANN401
    ) -> list[dict[str, Any]]:
        async with connection.cursor(row_factory=dict_row) as cursor:
            return await _all(cursor, query, arguments)

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Pass on what is announced, until cancelled. A pooler that announces nothing leaves the work to polling."""
        async with await _listener(self._pool) as conn:
            for channel in channels:
                listen = SQL("listen {}").format(Identifier(channel))
                await conn.execute(listen)
            async for told in conn.notifies():
                await on_notification(channel=told.channel, payload=told.payload)

    @asynccontextmanager
    async def _cursor(self) -> AsyncIterator[AsyncCursor[DictRow]]:
        try:
            async with everybody(self._pool) as conn, conn.cursor(row_factory=dict_row) as cursor:
                yield cursor
        except FaceReconError as error:
            self.broken.set()
            raise ConnectorException from error
        except RaiseException as error:  # the task is in another state than was thought: others are at it too
            raise ConnectorException from error


async def _one(cursor: AsyncCursor[DictRow], query: LiteralString, arguments: Mapping[str, Any]) -> dict[str, Any]:
    found = await (await cursor.execute(query, _wrapped(arguments))).fetchone()
    if found is None:
        raise NoResult
    return found


async def _all(
    cursor: AsyncCursor[DictRow], query: LiteralString, arguments: Mapping[str, Any]
) -> list[dict[str, Any]]:
    return await (await cursor.execute(query, _wrapped(arguments))).fetchall()


def _wrapped(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _json(value) for name, value in arguments.items()}


def _json(value: Any) -> Any:  # noqa: ANN401 - whatever procrastinate sends
    """Its arguments as psycopg takes them: objects in them are JSON, rows among them tuples."""
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(_json(item) for item in value)
    return value


async def _listener(pool: Pool) -> AsyncConnection:
    """A connection of its own, with what the pool's are made with."""
    given = {name: value for name, value in pool.connection_options.items() if name != "autocommit"}
    return await AsyncConnection.connect(pool.database_url, autocommit=True, **given)


class Queue:
    """Puts tasks into the queue. app: what a worker runs. channels: by which events go, beside the webhooks."""

    def __init__(self, pool: Pool, channels: Sequence[Channel] = ()) -> None:
        self.channels = tuple(channels)
        self.connector = Connector(pool)
        self.app = App(connector=self.connector)

    async def put(
        self,
        conn: Connection,
        task: Task,
        arguments: Sequence[Mapping[str, Any]],
        *,
        delay: float = 0,
        priority: int | None = None,
    ) -> None:
        """Add one task for each set of arguments, in the transaction of `conn`. delay: seconds until they are due."""
        deferrer = self.app.configure_task(
            str(task),
            queue=lane(task),
            connection=conn,
            schedule_in={"seconds": delay} if delay else None,
            priority=int(PRIORITIES[task] if priority is None else priority),
        )
        trace = tracing.carried()
        carried = {"trace": trace} if trace else {}
        if arguments:
            await deferrer.batch_defer_async(*({**each, **carried} for each in arguments))
