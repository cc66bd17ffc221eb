"""Events, kept in the transaction in which they happen, and a delivery of each for everybody who is to be told."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from app.domain.events import TOLD_OF, Event
from app.domain.jobs import Task
from app.store import sql
from app.store.pool import Connection
from app.store.queue import Queue

QUERIES = sql.load(__file__)


async def emit(conn: Connection, queue: Queue, tenant: str, happened: Sequence[Event]) -> None:
    """Keep the events for all who are to be told, and have them delivered once the transaction is committed."""
    if not happened:
        return
    hearing = [(str(channel), str(kind)) for channel in queue.channels for kind in TOLD_OF[channel]]
    arguments = {
        "tenant": tenant,
        "kinds": [str(event.kind) for event in happened],
        "galleries": [event.gallery_id for event in happened],
        "payloads": [Jsonb(dict(event.payload)) for event in happened],
        "channels": [channel for channel, _ in hearing],
        "hears": [kind for _, kind in hearing],
    }
    rows = await (await conn.execute(QUERIES["emit"], arguments)).fetchall()
    await queue.put(conn, Task.DELIVER, [{"tenant": tenant, "delivery_id": row[0], "turn": 0} for row in rows])


async def forget(conn: Connection, days: int) -> None:
    """Drop events so old, of all tenants."""
    await conn.execute(QUERIES["forget_old_events"], {"days": days})
