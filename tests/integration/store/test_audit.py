"""The audit log in a real Postgres: nobody changes it unseen, whoever they are."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import errors

from app.domain.audit import Anchor, Deed, Wanted
from app.domain.errors import Conflict
from app.services.audit import Audit
from app.store.audit import PgAuditStore
from app.store.open import Store, open_store
from app.store.pool import Pool, everybody, open_pool
from app.store.seal import Seal
from tests.contract.stores import SEAL

DEED = Deed("The admin token", "EnrollFace", "staff", ("ana",), status=201)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, size=2, timeout=5) as pool:
        yield pool


@pytest.fixture
async def audit(pool: Pool) -> Audit:
    """A log of five lines."""
    store = PgAuditStore(pool, SEAL)
    await store.append("default", [DEED] * 5)
    return Audit(store)


@contextmanager
def intruder(url: str) -> Iterator[psycopg.Connection]:
    """A superuser who has switched off what stands in the way."""
    with psycopg.connect(url) as conn:
        conn.execute("set session_replication_role = replica")
        yield conn


@pytest.mark.parametrize(
    ("statement", "broken_at", "why"),
    [
        ("delete from face.audit where sequence = 3", 3, "Line 3 is missing."),
        ("delete from face.audit where sequence = 1", 1, "Line 1 is missing."),
        ("delete from face.audit where sequence >= 4", 4, "Lines 4 to 5 are missing."),
        ("delete from face.audit", 1, "Lines 1 to 5 are missing."),
        ("update face.audit set status = 403 where sequence = 2", 2, "Line 2 was changed."),
        ("update face.audit set subjects = '{}' where sequence = 5", 5, "Line 5 was changed."),
        ("update face.audit set at = at + interval '1 microsecond' where sequence = 2", 2, "Line 2 was changed."),
        ("update face.audit_book set hash = 'ff'", 5, "Line 5 was changed."),
    ],
)
async def test_whatever_is_done_to_a_line_shows(
    audit: Audit, database_url: str, statement: str, broken_at: int, why: str
) -> None:
    assert (await audit.verify("default")).is_whole

    with intruder(database_url) as conn:
        conn.execute(statement.encode())

    verdict = await audit.verify("default")
    assert (verdict.is_whole, verdict.broken_at, verdict.why) == (False, broken_at, why)


async def test_a_chain_that_was_made_anew_does_not_fit_an_anchor_from_before(audit: Audit, database_url: str) -> None:
    known = (await audit.store.after("default", 1, 1))[0].anchor
    head = (await audit.store.book("default")).head
    with intruder(database_url) as conn:
        conn.execute("delete from face.audit")
        conn.execute("delete from face.audit_book")
    await audit.store.append("default", [Deed("Nobody", "EnrollFace")] * 4)

    assert (await audit.verify("default")).is_whole
    assert (await audit.verify("default", known)).broken_at == 3
    assert (await audit.verify("default", head)).why == "Lines 5 to 5 are missing."


async def test_an_anchor_is_where_verifying_begins(audit: Audit) -> None:
    known = (await audit.store.after("default", 2, 1))[0].anchor

    assert (await audit.verify("default", known)).checked == 2
    assert (await audit.verify("default", Anchor(known.sequence, "0" * 64))).broken_at == 4


async def test_an_anchor_that_was_pruned_is_refused(audit: Audit, database_url: str) -> None:
    known = (await audit.store.after("default", 0, 1))[0].anchor
    with intruder(database_url) as conn:
        conn.execute("update face.audit set at = at - interval '40 days'")
    await audit.store.prune(30)

    with pytest.raises(Conflict, match="up to 5 were pruned"):
        await audit.verify("default", known)


@pytest.mark.parametrize("statement", ["update face.audit set status = 1", "delete from face.audit"])
async def test_the_service_itself_may_change_no_line(audit: Audit, pool: Pool, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        async with everybody(pool) as conn:
            await conn.execute(statement.encode())


@pytest.mark.parametrize(
    "statement", ["update face.audit set status = 1", "delete from face.audit", "truncate face.audit"]
)
@pytest.mark.parametrize("url", ["database_url", "pooled_url"])
async def test_nor_may_the_owner_unless_they_mean_to(request: pytest.FixtureRequest, url: str, statement: str) -> None:
    address = request.getfixturevalue(url)
    async with open_store(address, pool_size=1, timeout=5) as store:
        await store.audit.append("default", [DEED])

    with psycopg.connect(address, prepare_threshold=None) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        with pytest.raises(errors.InsufficientPrivilege, match="only ever added to"):
            conn.execute(statement.encode())


async def test_several_processes_write_one_chain(audit: Audit, database_url: str) -> None:
    writers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.store.scribe", database_url, name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        assert writer.stdout
        await writer.stdout.readline()
    for writer in writers:
        assert writer.stdin
        writer.stdin.close()
    assert [await writer.wait() for writer in writers] == [0, 0]

    lines = [line async for line in audit.every("default", "", Wanted(action="Written"))]
    verdict = await audit.verify("default")
    assert (verdict.is_whole, verdict.head.sequence) == (True, 205)
    assert sorted(line.target for line in lines) == sorted(f"{name} {n}" for name in ("one", "two") for n in range(100))
    assert [line.actor for line in lines] != sorted(line.actor for line in lines), "they did not meet"


async def test_without_a_key_nothing_stands_for_a_member(pool: Pool) -> None:
    store = PgAuditStore(pool, Seal())
    await store.append("default", [DEED])

    assert [line.subjects for line in await store.after("default", 0, 10)] == [()]
    assert (await Audit(store).verify("default")).is_whole


async def test_the_log_outlives_its_tenant_but_not_whom_it_was_about(database_url: str) -> None:
    async with open_store(database_url, pool_size=2, timeout=5, seal=SEAL) as store:
        await store.tenants.put("acme", "")
        await store.audit.append("acme", [DEED])
        found = await _found(store)
        await store.tenants.delete("acme")

        assert found == 1
        assert (await Audit(store.audit).verify("acme")).checked == 1
        await store.tenants.put("acme", "")
        assert await _found(store) == 0


async def _found(store: Store) -> int:
    return len((await store.audit.page("acme", "", 10, Wanted(member_id="ana"))).items)
