"""Whose time is over in a real Postgres: faces go, the member and the proof stay, and the log tells of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.domain.audit import Wanted
from app.domain.collections import Kind, Rules
from app.domain.consents import ConsentDraft, LegalBasis
from app.domain.members import MemberDraft, Origin
from app.services.retain import Retain
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, SEAL, STAFF, face

ANN, BEN = "1 0 0 0", "0 1 0 0"
DAYS = 30


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with open_store(database_url, pool_size=4, timeout=5, seal=SEAL) as store:
        await store.collections.put(STAFF, Kind.MEMBERS, Rules(retention_days=DAYS))
        for member_id, vector in (("ann", ANN), ("ben", BEN)):
            await enrol(store, member_id, vector)
        yield store


async def enrol(store: Store, member_id: str, vector: str) -> None:
    draft, origin = MemberDraft(member_id), Origin(vector, "upload")
    await store.faces.keep(STAFF, draft, face(vector), origin, MODEL, replace=False)


def pass_days(url: str, days: int) -> None:
    """All that was kept until now is so much older."""
    with psycopg.connect(url) as conn:
        conn.execute("update face.face set created_at = created_at - make_interval(days => %s)", [days])
        conn.execute("update face.sighting set seen_on = seen_on - %s::integer", [days])
        conn.execute(
            "update face.consent set given_at = given_at - make_interval(days => %(days)s),"
            " expires_at = expires_at - make_interval(days => %(days)s)",
            {"days": days},
        )


async def kept(store: Store) -> dict[str, int]:
    await Retain(store.retention, store.audit)()
    return {name: (await store.members.get(STAFF, name)).faces for name in ("ann", "ben")}


async def test_faces_of_whoever_is_not_seen_for_so_long_go(store: Store, database_url: str) -> None:
    pass_days(database_url, DAYS - 1)
    before = await kept(store)
    await store.sightings.seen(STAFF, ["ann"])
    pass_days(database_url, 2)
    after = await kept(store)
    pass_days(database_url, DAYS)

    assert (before, after) == ({"ann": 1, "ben": 1}, {"ann": 1, "ben": 0})
    assert await kept(store) == {"ann": 0, "ben": 0}


async def test_whoever_is_enrolled_again_stays(store: Store, database_url: str) -> None:
    pass_days(database_url, DAYS + 1)
    await enrol(store, "ben", "0 0.8 0.6 0")

    assert await kept(store) == {"ann": 0, "ben": 2}


async def test_where_nothing_is_said_faces_stay_for_ever(store: Store, database_url: str) -> None:
    await store.collections.put(STAFF, Kind.MEMBERS, Rules(retention_days=0))
    pass_days(database_url, 10_000)

    assert await kept(store) == {"ann": 1, "ben": 1}


async def test_faces_go_when_the_last_consent_has_ended(store: Store, database_url: str) -> None:
    now = datetime.now(UTC)
    gym = ConsentDraft(LegalBasis.CONSENT, "Entry to the gym", now, now + timedelta(days=2))
    for member_id in ("ann", "ben"):
        await store.consents.give(STAFF, member_id, gym)
    await store.consents.give(STAFF, "ben", replace(gym, purpose="Pool", expires_at=None))
    pass_days(database_url, 1)
    before = await kept(store)
    pass_days(database_url, 2)

    assert before == {"ann": 1, "ben": 1}
    assert await kept(store) == {"ann": 0, "ben": 1}
    assert [consent.is_valid for consent in (await store.consents.page(STAFF, "ann", "", 9)).items] == [False]


async def test_what_is_deleted_is_in_the_log(store: Store, database_url: str) -> None:
    pass_days(database_url, DAYS + 1)
    await kept(store)
    await kept(store)

    lines = (await store.audit.page("default", "", 10, Wanted(member_id="ann"))).items
    assert [(line.actor, line.action, line.collection, line.target) for line in lines] == [
        ("The worker", "DropOverdueFaces", "staff", "2 members")
    ]


async def test_a_sighting_is_written_once_a_day(store: Store, database_url: str) -> None:
    def rows() -> list[tuple[object, ...]]:
        with psycopg.connect(database_url) as conn:
            return conn.execute("select member_id, xmin::text from face.sighting order by member_id").fetchall()

    await store.sightings.seen(STAFF, ["ann", "nobody"])
    first = rows()
    await store.sightings.seen(STAFF, ["ann"])
    async with open_store(database_url, pool_size=1, timeout=5, seal=SEAL) as other:
        await other.sightings.seen(STAFF, ["ann"])

    assert [name for name, _ in first] == ["ann"]
    assert rows() == first
