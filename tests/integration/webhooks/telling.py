"""A store whose events are delivered by a worker, for real."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

from app.domain.events import Channel, Event, EventKind
from app.domain.jobs import Retries, Task
from app.domain.webhooks import Delivery, DeliveryState, WebhookRef
from app.event_ports import Carrier
from app.jobs.worker import Options, QueueWorker
from app.services.deliver import Deliver
from app.store.events import emit
from app.store.open import Store, open_store
from app.store.pool import open_pool, transaction
from app.webhooks.send import Rules, WebhookSender
from tests.contract.stores import SEAL

EAGER = Retries(attempts=40, base=0.05, most=0.2)
OFTEN = Options(concurrency=1, deliveries=4, poll=0.1)


@asynccontextmanager
async def telling(
    url: str, carriers: Mapping[Channel, Carrier] | None = None, retries: Retries = EAGER, seconds: float = 5
) -> AsyncIterator[Store]:
    """Events are delivered as long as this lasts; webhooks into 127.0.0.0/8 only, within `seconds`."""
    others = carriers or {}
    async with (
        open_store(url, pool_size=6, timeout=5, seal=SEAL, channels=tuple(others)) as store,
        WebhookSender(Rules(seconds, (ip_network("127.0.0.0/8"),))) as sender,
    ):
        deliver = Deliver(store.deliveries, {**others, Channel.WEBHOOK: sender}, retries, put_off=(0.1, 0.3))
        work = asyncio.create_task(QueueWorker(store.queue, {Task.DELIVER: deliver}, [], OFTEN).run())
        try:
            yield store
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


async def happen(url: str, store: Store, *events: Event) -> None:
    """Let something happen, in one transaction."""
    async with open_pool(url, size=1, timeout=5) as pool, transaction(pool, "default") as conn:
        await emit(conn, store.queue, "default", events)


def failures(count: int) -> list[Event]:
    return [Event(EventKind.JOB_FAILED, {"n": n, "code": "no_face", "detail": "No face."}) for n in range(count)]


async def ended(store: Store, ref: WebhookRef, count: int, seconds: float = 30) -> list[Delivery]:
    """The deliveries of a webhook, once so many are at an end, oldest first."""
    async with asyncio.timeout(seconds):
        while True:
            page = await store.deliveries.page(ref, "", 1000, state=None)
            over = [one for one in page.items if one.state is not DeliveryState.PENDING]
            if len(over) >= count:
                return over[::-1]
            await asyncio.sleep(0.05)
