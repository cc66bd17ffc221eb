"""What the service has raised the alarm about, in Postgres: each once, and told of in the same transaction."""

from collections.abc import Sequence
from typing import LiteralString

from psycopg.rows import kwargs_row

from app.domain.backlog import Alert, AlertKind
from app.domain.collections import DEFAULT_TENANT
from app.domain.events import Event, EventKind
from app.store import events, sql
from app.store.pool import Pool, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)


class PgAlertStore:
    """See event_ports.AlertStore. Alerts are the operator's, and told of as events of the first tenant."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def raise_alert(self, kind: AlertKind, subject: str, detail: str) -> bool:
        return await self._change(QUERIES["raise_alert"], EventKind.ALERT_RAISED, kind, subject, detail)

    async def clear(self, kind: AlertKind, subject: str) -> bool:
        return await self._change(QUERIES["clear_alert"], EventKind.ALERT_CLEARED, kind, subject, "")

    async def raised(self) -> Sequence[Alert]:
        async with (
            transaction(self._pool, DEFAULT_TENANT) as conn,
            conn.cursor(row_factory=kwargs_row(_alert)) as cur,
        ):
            return await (await cur.execute(QUERIES["list_alerts"], {"tenant": DEFAULT_TENANT})).fetchall()

    async def _change(
        self, query: LiteralString, happened: EventKind, kind: AlertKind, subject: str, detail: str
    ) -> bool:
        told = {"tenant": DEFAULT_TENANT, "kind": kind, "subject": subject, "detail": detail}
        async with transaction(self._pool, DEFAULT_TENANT) as conn:
            row = await (await conn.execute(query, told)).fetchone()
            if row is None:
                return False
            payload = {"alert": str(kind), "subject": subject, "detail": row[0]}
            await events.emit(conn, self._queue, DEFAULT_TENANT, [Event(happened, payload)])
            return True


def _alert(*, kind: str, **rest: object) -> Alert:
    return Alert(AlertKind(kind), **rest)  # type: ignore[arg-type]  # columns named as the fields
