"""A log to which lines are added, each with its place in a chain."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.audit import Anchor, Book, Deed, Wanted
from app.domain.errors import InvalidRequest
from app.law_ports import AuditStore
from app.services.audit import Audit
from app.store.open import open_store
from tests.contract.stores import SEAL
from tests.fakes.audit import FakeAuditStore

NOON = datetime(2026, 11, 26, 12, 0, 0, 250_000, tzinfo=UTC)
ENROLLED = Deed("The key fk_live_abc…", "EnrollFace", "staff", ("ana",), "", "r-1", 201, at=NOON)
DENIED = Deed("The user", "VerifyFace", "staff", ("ben", "ana"), "", "r-2", 403, "forbidden", NOON)
REVOKED = Deed("The admin token", "RevokeKey", target="key-7", status=204, at=NOON + timedelta(hours=1))
URLS = {"postgres": "database_url", "pgbouncer": "pooled_url"}


@pytest.fixture(params=["fake", *URLS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AuditStore]:
    if request.param == "fake":
        yield FakeAuditStore()
        return
    async with open_store(request.getfixturevalue(URLS[request.param]), pool_size=4, timeout=5, seal=SEAL) as store:
        yield store.audit


async def actions(store: AuditStore, wanted: Wanted) -> str:
    return " ".join([line.action async for line in Audit(store).every("default", "", wanted)])


async def test_lines_are_numbered_and_chained(store: AuditStore) -> None:
    await store.append("default", [ENROLLED, DENIED])
    await store.append("default", [REVOKED])

    lines = (await store.page("default", "", 10, Wanted())).items
    assert [line.sequence for line in lines] == [1, 2, 3]
    assert [line.previous for line in lines] == ["", lines[0].hash, lines[1].hash]
    assert all(line.hash == line.digest() for line in lines)
    assert await store.book("default") == Book(lines[-1].anchor)


async def test_a_line_says_what_was_done_but_not_to_whom_in_clear(store: AuditStore) -> None:
    await store.append("default", [DENIED])

    (line,) = (await store.page("default", "", 10, Wanted())).items
    said = line.show()
    assert said | DENIED_SAYS == said
    assert line.at == NOON
    assert len(line.subjects) == 2
    assert all(len(subject) == 64 for subject in line.subjects)


DENIED_SAYS = {
    "tenant": "default",
    "at": "2026-11-26T12:00:00.250000+00:00",
    "actor": "The user",
    "action": "VerifyFace",
    "collection": "staff",
    "target": "",
    "request_id": "r-2",
    "status": 403,
    "outcome": "forbidden",
}


async def test_tenants_have_chains_of_their_own_and_digests_of_their_own(store: AuditStore) -> None:
    await store.append("default", [ENROLLED])
    await store.append("neighbour", [ENROLLED])

    (ours,) = (await store.page("default", "", 10, Wanted())).items
    (theirs,) = (await store.page("neighbour", "", 10, Wanted())).items
    assert (ours.sequence, theirs.sequence) == (1, 1)
    assert ours.hash != theirs.hash
    assert await store.book("nobody") == Book()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), "EnrollFace VerifyFace RevokeKey"),
        (Wanted(member_id="ana"), "EnrollFace VerifyFace"),
        (Wanted(member_id="ben"), "VerifyFace"),
        (Wanted(member_id="eve"), ""),
        (Wanted(actor="fk_live_abc"), "EnrollFace"),
        (Wanted(action="RevokeKey"), "RevokeKey"),
        (Wanted(collection="staff"), "EnrollFace VerifyFace"),
        (Wanted(since=NOON + timedelta(seconds=1)), "RevokeKey"),
        (Wanted(until=NOON + timedelta(hours=1)), "EnrollFace VerifyFace"),
    ],
)
async def test_lines_are_found_by_what_they_say(store: AuditStore, wanted: Wanted, found: str) -> None:
    await store.append("default", [ENROLLED, DENIED, REVOKED])

    assert await actions(store, wanted) == found


async def test_pages_follow_each_other(store: AuditStore) -> None:
    await store.append("default", [ENROLLED, DENIED, REVOKED])

    first = await store.page("default", "", 2, Wanted())
    second = await store.page("default", first.next_cursor, 2, Wanted())

    assert [line.sequence for line in (*first.items, *second.items)] == [1, 2, 3]
    assert second.next_cursor == ""
    with pytest.raises(InvalidRequest):
        await store.page("default", "nonsense", 2, Wanted())


async def test_what_many_write_at_once_is_one_chain_and_all_there(store: AuditStore) -> None:
    audit = Audit(store)

    await asyncio.gather(*(audit.enter("default", replace(ENROLLED, target=str(n))) for n in range(50)))

    lines = [line async for line in audit.every("default", "", Wanted())]
    assert {line.target for line in lines} == {str(n) for n in range(50)}
    verdict = await audit.verify("default")
    assert (verdict.is_whole, verdict.checked, verdict.head) == (True, 50, lines[-1].anchor)


async def test_what_is_old_goes_and_the_rest_is_a_chain_from_there(store: AuditStore) -> None:
    ago = [replace(ENROLLED, at=datetime.now(UTC) - timedelta(days=days)) for days in (40, 35, 1)]
    await store.append("default", ago)
    (_, last_to_go, first_to_stay) = (await store.page("default", "", 10, Wanted())).items

    await store.prune(0)
    assert (await store.book("default")).kept == Anchor(0, "")
    await store.prune(30)

    lines = (await store.page("default", "", 10, Wanted())).items
    assert [line.action for line in lines] == ["EnrollFace", "PruneAudit"]
    assert lines[0] == first_to_stay
    assert (await store.book("default")).kept == last_to_go.anchor
    verdict = await Audit(store).verify("default")
    assert (verdict.is_whole, verdict.checked, verdict.start) == (True, 2, last_to_go.anchor)
