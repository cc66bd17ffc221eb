"""Tell somebody of an event, and write down how that went."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.trace import SpanKind

from app import tracing
from app.domain.errors import DatabaseUnavailable, ReceiverUnavailable, Unavailable
from app.domain.events import Channel
from app.domain.jobs import Retries
from app.domain.webhooks import Parcel
from app.event_ports import Carrier, DeliveryStore
from app.services.failure import judged
from app.telemetry import DELIVERIES

PUT_OFF_SECONDS = (5.0, 30.0)
"""Between these, anywhere, is the wait for a receiver in trouble."""


@dataclass(slots=True)
class Doors:
    """Receivers that failed last are asked by one worker at a time, so that one that hangs holds up no other."""

    _shut: set[str] = field(default_factory=set)
    _visits: Counter[str] = field(default_factory=Counter)

    def is_open(self, receiver: str) -> bool:
        return receiver not in self._shut or not self._visits[receiver]

    @contextmanager
    def visit(self, receiver: str) -> Iterator[None]:
        """Note that somebody is there, and how it ends."""
        self._visits[receiver] += 1
        try:
            yield
        except Unavailable:
            self._shut.add(receiver)
            raise
        else:
            self._shut.discard(receiver)
        finally:
            self._visits[receiver] -= 1


@dataclass(frozen=True, slots=True)
class Deliver:
    """put_off: seconds, least and most, that a delivery waits for a receiver in trouble."""

    deliveries: DeliveryStore
    carriers: Mapping[Channel, Carrier]
    retries: Retries
    put_off: tuple[float, float] = PUT_OFF_SECONDS
    doors: Doors = field(default_factory=Doors)

    async def __call__(self, tenant: str, delivery_id: str, turn: int) -> None:
        """Deliver it if it is still to be delivered, or write down why that failed."""
        parcel = await self.deliveries.claim(tenant, delivery_id, turn)
        if parcel is None:
            return
        if self.doors.is_open(parcel.receiver):
            await self._deliver(parcel)
        else:
            await self.deliveries.put_off(parcel, random.SystemRandom().uniform(*self.put_off))

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            status = await self._carry(parcel)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down
            await self._failed(parcel, error)
        else:
            await self.deliveries.settle(parcel, status)
            DELIVERIES.labels(parcel.channel, "delivered").inc()

    async def _carry(self, parcel: Parcel) -> int | None:
        if parcel.channel not in self.carriers:
            msg = f"Nothing is set here for {parcel.channel}."
            raise ReceiverUnavailable(msg)
        described = {"event.kind": str(parcel.kind), "event.id": parcel.event_id}
        with self.doors.visit(parcel.receiver), tracing.span(f"deliver {parcel.channel}", SpanKind.CLIENT, **described):
            return await self.carriers[parcel.channel].carry(parcel)

    async def _failed(self, parcel: Parcel, error: Exception) -> None:
        failure, delay = judged(error, parcel.attempts + 1, self.retries)
        await self.deliveries.fail(parcel, failure.detail, _answered(error), delay)
        DELIVERIES.labels(parcel.channel, "failed" if delay is None else "retried").inc()


def _answered(error: Exception) -> int | None:
    """The status that a receiver refused with, if it said one."""
    status = getattr(error, "extra", {}).get("answered")
    return status if isinstance(status, int) else None
