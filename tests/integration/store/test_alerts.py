"""What waits, and who is alarmed about it: counted and told of by a real Postgres."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

import psycopg
import pytest
from prometheus_client import REGISTRY

from app.domain.backlog import Alert, AlertKind, Backlog, Lane
from app.domain.events import EventKind
from app.domain.jobs import JobKind, Order
from app.domain.webhooks import WebhookDraft, WebhookRef
from app.services.watch import Patience, Watch
from app.store.open import Store, open_store
from tests.contract.stores import SEAL
from tests.fakes.services import FakeDatabase

OPS = WebhookRef("default", "ops")
STALLED = Backlog((Lane("default", 3, 0, 0),), 301, 0, 0, {})


class StillPulse:
    """Sources as it was told they are."""

    def __init__(self, failing: Mapping[str, float], answered: Mapping[str, float] = MappingProxyType({})) -> None:
        self._failing, self._answered = failing, answered

    def failing(self) -> Mapping[str, float]:
        return self._failing

    def answered(self) -> Mapping[str, float]:
        return self._answered


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with open_store(database_url, pool_size=4, timeout=5, seal=SEAL) as store:
        await store.webhooks.put(OPS, WebhookDraft("http://127.0.0.1/ops"))
        yield store


def watch(store: Store, backlog: Backlog, pulse: StillPulse) -> Watch:
    database = FakeDatabase()
    database.backlogged = backlog
    return Watch(database, store.alerts, pulse, Patience(stalled=300, source_down=120))


async def told(store: Store) -> list[tuple[EventKind, object, object]]:
    """Of what the operator's webhook is told, oldest first."""
    page = await store.deliveries.page(OPS, "", 100, state=None)
    return [(one.kind, one.payload["alert"], one.payload["subject"]) for one in page.items[::-1]]


async def test_a_stalled_queue_is_told_of_once_by_however_many_watch(store: Store) -> None:
    watches = [watch(store, STALLED, StillPulse({})) for _ in range(4)]

    await asyncio.gather(*(each.look() for each in watches))
    await watches[0].look()

    assert await told(store) == [(EventKind.ALERT_RAISED, "queue_stalled", "")]
    assert REGISTRY.get_sample_value("face_alerts", {"alert": "queue_stalled"}) == 1
    [alert] = await store.alerts.raised()
    assert alert.detail == "3 tasks are due, the first of them for 301 seconds; 0 workers are at work."


async def test_what_is_over_is_told_of_too(store: Store) -> None:
    await watch(store, STALLED, StillPulse({})).look()
    await watch(store, Backlog((), 0, 0, 1, {}), StillPulse({})).look()

    assert [kind for kind, *_ in await told(store)] == [EventKind.ALERT_RAISED, EventKind.ALERT_CLEARED]
    assert await store.alerts.raised() == []
    assert REGISTRY.get_sample_value("face_alerts", {"alert": "queue_stalled"}) == 0


async def test_a_source_is_down_until_it_has_answered_somebody_since(store: Store, database_url: str) -> None:
    calm = Backlog((), 0, 0, 1, {})

    await watch(store, calm, StillPulse({"r2": 119})).look()
    assert await told(store) == []
    await watch(store, calm, StillPulse({"r2": 121}, {"s3": 1})).look()
    with psycopg.connect(database_url) as conn:
        conn.execute("update face.alert set raised_at = now() - interval '10 minutes'")
    await watch(store, calm, StillPulse({})).look()  # a process that has asked nothing knows nothing
    await watch(store, calm, StillPulse({}, {"r2": 3600})).look()  # nor does one that was answered before
    assert await told(store) == [(EventKind.ALERT_RAISED, "source_down", "r2")]
    await watch(store, calm, StillPulse({}, {"r2": 30})).look()

    assert (await told(store))[1:] == [(EventKind.ALERT_CLEARED, "source_down", "r2")]


async def test_a_source_that_answers_one_process_and_not_another_does_not_flood_anybody(store: Store) -> None:
    calm = Backlog((), 0, 0, 1, {})
    without, reached = watch(store, calm, StillPulse({"r2": 121})), watch(store, calm, StillPulse({}, {"r2": 0}))

    for _ in range(3):
        await without.look()
        await reached.look()

    assert await told(store) == [(EventKind.ALERT_RAISED, "source_down", "r2")]


async def test_few_rows_are_counted_and_many_are_estimated(store: Store, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update pg_class set reltuples = 200000 where oid = 'face.photo'::regclass")
        conn.execute("insert into face.collection values ('default', 'staff', 'members')")

    assert await store.database.estimates() == {**await store.database.counts(), "photos": 200_000}


async def test_a_database_that_is_gone_is_noted_and_waited_for() -> None:
    database = FakeDatabase()
    database.down = True
    watch = Watch(database, _Nowhere(), StillPulse({}), Patience())

    await watch.look()
    assert REGISTRY.get_sample_value("face_database_up") == 0
    database.down = False
    await watch.look()

    assert REGISTRY.get_sample_value("face_database_up") == 1


class _Nowhere:
    """Nothing is raised, and nothing may be."""

    async def raise_alert(self, kind: AlertKind, subject: str, detail: str) -> bool:
        raise AssertionError(kind)

    async def clear(self, kind: AlertKind, subject: str) -> bool:
        raise AssertionError(kind)

    async def raised(self) -> list[Alert]:
        return []


async def test_the_backlog_is_counted_by_lane_and_by_who_waits(store: Store, database_url: str) -> None:
    assert await store.database.backlog(20) == Backlog(
        (Lane("default", 0, 0, 0), Lane("deliveries", 0, 0, 0)),
        *(0, 0, 0),
        {"jobs": 0, "photos": 0, "items": 0, "deliveries": 0},
    )
    await store.jobs.open("default", Order(JobKind.ANALYSIS, "default", {}))
    await store.jobs.open("default", Order(JobKind.EVALUATE, "default", {}))
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("set search_path to face_queue, face")
        conn.execute("update procrastinate_events set at = now() - interval '1 minute'")
        conn.execute("insert into procrastinate_workers (last_heartbeat) values (now()), (now())")
        conn.execute("insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour')")
        conn.execute("update job set state = 'failed' where kind = 'evaluate'")
        conn.execute("update procrastinate_jobs set scheduled_at = now() + interval '1 hour' where priority < 0")

    found = await store.database.backlog(20)

    assert found.lanes == (Lane("default", 1, 1, 0), Lane("deliveries", 0, 0, 0))
    assert 60 <= found.urgent_seconds < 70
    assert found.bulk_seconds == 0
    assert found.workers == 1
    assert found.dead_letters == {"jobs": 1, "photos": 0, "items": 0, "deliveries": 0}
