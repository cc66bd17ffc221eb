"""Events on their way, in Postgres. A delivery's task in the queue is put there with the row's own change."""

from dataclasses import replace
from typing import Any, LiteralString

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from app.domain.errors import DeliveryNotFound
from app.domain.events import Channel, EventKind
from app.domain.jobs import Task
from app.domain.members import Page
from app.domain.webhooks import Delivery, DeliveryState, Parcel, WebhookRef
from app.store import cursor as cursors
from app.store import events, sql, webhooks
from app.store.ids import uuid_or
from app.store.pool import Connection, Pool, everybody, transaction
from app.store.queue import Queue
from app.store.seal import Seal
from app.store.webhooks import key

QUERIES = sql.load(__file__)


class PgDeliveryStore:
    """See event_ports.DeliveryStore."""

    def __init__(self, pool: Pool, queue: Queue, seal: Seal) -> None:
        self._pool = pool
        self._queue = queue
        self._seal = seal

    async def page(self, ref: WebhookRef, cursor: str, limit: int, *, state: DeliveryState | None) -> Page[Delivery]:
        before_time, before = cursors.newest_first(cursor)
        asked = key(ref) | {"before_time": before_time, "before": before, "limit": limit + 1, "state": state}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_delivery)) as cur:
            await webhooks.get(conn, ref)
            rows = await (await cur.execute(QUERIES["page_deliveries"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.created_at.isoformat(), row.delivery_id))

    async def redeliver(self, ref: WebhookRef, delivery_id: str) -> Delivery:
        asked = key(ref) | {"delivery_id": uuid_or(delivery_id, DeliveryNotFound)}
        async with transaction(self._pool, ref.tenant) as conn:
            await webhooks.get(conn, ref)
            if not await self._again(conn, QUERIES["redeliver"], asked):
                raise DeliveryNotFound
            return await _get(conn, asked)

    async def redeliver_failed(self, ref: WebhookRef) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            await webhooks.get(conn, ref)
            return len(await self._again(conn, QUERIES["redeliver_failed"], key(ref)))

    async def ping(self, ref: WebhookRef) -> Delivery:
        asked = key(ref) | {"kind": EventKind.PING, "payload": Jsonb({"webhook_id": ref.webhook_id})}
        async with transaction(self._pool, ref.tenant) as conn:
            await webhooks.get(conn, ref)
            (delivery_id,) = await self._again(conn, QUERIES["ping"], asked)
            return await _get(conn, key(ref) | {"delivery_id": delivery_id})

    async def claim(self, tenant: str, delivery_id: str, turn: int) -> Parcel | None:
        asked = {"tenant": tenant, "delivery_id": delivery_id, "turn": turn}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=kwargs_row(_parcel)) as cur:
            parcel = await (await cur.execute(QUERIES["claim_delivery"], asked)).fetchone()
        if parcel is None:
            return None
        return replace(parcel, secret=self._seal.opened(parcel.secret, "webhook", tenant, parcel.webhook_id))

    async def settle(self, parcel: Parcel, status: int | None) -> None:
        async with transaction(self._pool, parcel.tenant) as conn:
            await conn.execute(QUERIES["settle_delivery"], _turn(parcel) | {"status": status})

    async def fail(self, parcel: Parcel, error: str, status: int | None, delay: float | None) -> None:
        told = _turn(parcel) | {"error": error, "status": status, "delay": delay, "final": delay is None}
        async with transaction(self._pool, parcel.tenant) as conn:
            await self._again(conn, QUERIES["fail_delivery"], told, delay=delay)

    async def put_off(self, parcel: Parcel, delay: float) -> None:
        async with transaction(self._pool, parcel.tenant) as conn:
            await self._again(conn, QUERIES["put_off_delivery"], _turn(parcel) | {"delay": delay}, delay=delay)

    async def forget(self, days: int) -> None:
        async with everybody(self._pool) as conn:
            await events.forget(conn, days)

    async def _again(
        self, conn: Connection, query: LiteralString, asked: dict[str, Any], *, delay: float | None = 0
    ) -> list[str]:
        """Begin the next turn of some deliveries, and put that into the queue unless the delay is None; their ids."""
        rows = await (await conn.execute(query, asked)).fetchall()
        if delay is not None:
            tasks = [{"tenant": asked["tenant"], "delivery_id": row[0], "turn": row[1]} for row in rows]
            await self._queue.put(conn, Task.DELIVER, tasks, delay=delay)
        return [row[0] for row in rows]


async def _get(conn: Connection, asked: dict[str, Any]) -> Delivery:
    async with conn.cursor(row_factory=kwargs_row(_delivery)) as cur:
        found = await (await cur.execute(QUERIES["get_delivery"], asked)).fetchone()
    if found is None:
        raise DeliveryNotFound
    return found


def _turn(parcel: Parcel) -> dict[str, Any]:
    return {"tenant": parcel.tenant, "delivery_id": parcel.delivery_id, "turn": parcel.turn}


def _delivery(*, kind: str, state: str, **rest: Any) -> Delivery:  # noqa: ANN401 - columns named as the fields
    return Delivery(kind=EventKind(kind), state=DeliveryState(state), **rest)


def _parcel(*, channel: str, kind: str, **rest: Any) -> Parcel:  # noqa: ANN401 - the same
    return Parcel(channel=Channel(channel), kind=EventKind(kind), **rest)
