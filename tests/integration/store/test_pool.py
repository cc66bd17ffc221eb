"""Connections that come and go."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from app.domain.errors import Conflict, DatabaseUnavailable, InvalidRequest
from app.domain.members import MemberDraft
from app.store.embedded import EmbeddedPostgres
from app.store.migrate import migrate
from app.store.open import open_store
from app.store.pool import Pool, open_pool, transaction
from tests.contract.stores import DEFAULT


async def test_a_database_that_is_not_there_is_said_to_be_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        async with open_store("postgresql://nobody@127.0.0.1:1/none", pool_size=2, timeout=0.5):
            pass


async def test_the_first_request_after_a_restart_is_answered(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    migrate(url)
    async with open_store(url, pool_size=4, timeout=10) as store:
        await asyncio.gather(*(store.collections.get(DEFAULT) for _ in range(8)))
        own_postgres.stop()
        again = EmbeddedPostgres(own_postgres.folder, patience=5)
        with again:
            assert (await store.collections.get(DEFAULT)).name == "default"


async def test_an_outage_is_said_to_be_one_and_ends_by_itself(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    migrate(url)
    async with open_store(url, pool_size=4, timeout=1.5) as store:
        await store.database.ping()
        own_postgres.stop()

        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            await store.database.ping()
        assert time.monotonic() - began < 3
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable):
                await store.members.page(DEFAULT, "", 1)

        with EmbeddedPostgres(own_postgres.folder, patience=5):
            assert (await store.members.page(DEFAULT, "", 1)).items == ()


async def test_a_postgres_that_was_killed_is_started_again(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    migrate(url)
    async with open_store(url, pool_size=2, timeout=10) as store:
        assert own_postgres.pid
        os.kill(own_postgres.pid, signal.SIGKILL)
        await asyncio.sleep(0.2)

        answer = None
        for _ in range(20):
            try:
                answer = await store.collections.get(DEFAULT)
                break
            except DatabaseUnavailable:
                await asyncio.sleep(0.5)

    assert answer is not None


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancellation_that_comes_with_the_connection_is_not_lost(database_url: str, turns: int) -> None:
    async def work() -> None:
        async with transaction(pool, "default"):
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    async with open_pool(database_url, size=1, timeout=5) as pool:
        held = await pool.connections.getconn()
        working = asyncio.create_task(work())
        await asyncio.sleep(0.05)
        await pool.connections.putconn(held)
        for _ in range(turns):
            await asyncio.sleep(0)

        working.cancel()

        ended, _ = await asyncio.wait([working], timeout=2)
        working.cancel()
        assert ended
        async with transaction(pool, "default"):
            """The connection has come back."""


async def test_a_statement_that_takes_too_long_is_cancelled(database_url: str) -> None:
    async with open_pool(database_url, size=1, timeout=0.3) as pool:
        with pytest.raises(DatabaseUnavailable, match="in time"):
            async with transaction(pool, "default") as conn:
                await conn.execute("select pg_sleep(5)")
        async with transaction(pool, "default") as conn:
            assert await (await conn.execute("select 1")).fetchone() == (1,)


async def test_waiting_for_a_connection_ends(database_url: str) -> None:
    async with open_pool(database_url, size=1, timeout=0.3) as pool, transaction(pool, "default"):
        with pytest.raises(DatabaseUnavailable, match="in time"):
            async with transaction(pool, "default"):
                pass


@pytest.mark.parametrize("address", ["database_url", "pooled_url"])
async def test_a_transaction_leaves_nothing_on_the_connection(address: str, request: pytest.FixtureRequest) -> None:
    show = "select current_setting('face.tenant', true), current_setting('search_path')"
    async with open_pool(request.getfixturevalue(address), size=1, timeout=5) as pool:
        async with transaction(pool, "o'neill") as conn:
            assert await (await conn.execute(show)).fetchone() == ("o'neill", "face, extensions, public, face_queue")
        async with pool.connections.connection() as conn:
            tenant, path = await (await conn.execute(show)).fetchone() or ("", "")

    assert not tenant
    assert "extensions" not in path


async def test_an_error_rolls_the_transaction_back(database_url: str) -> None:
    async def change_one_s_mind(pool: Pool) -> None:
        async with transaction(pool, "default") as conn:
            await conn.execute("delete from collection")
            raise Conflict

    async with open_pool(database_url, size=1, timeout=5) as pool:
        with pytest.raises(Conflict):
            await change_one_s_mind(pool)
        async with transaction(pool, "default") as conn:
            assert await (await conn.execute("select count(*) from collection")).fetchone() == (1,)


async def test_a_bug_of_ours_is_not_dressed_up(database_url: str) -> None:
    async with open_pool(database_url, size=1, timeout=5) as pool:
        with pytest.raises(psycopg.errors.UndefinedTable):
            async with transaction(pool, "default") as conn:
                await conn.execute("select * from nothing")


@pytest.mark.parametrize(
    "draft",
    [
        MemberDraft("m", name="\ud800"),
        MemberDraft("m", metadata={"x": "\ud800"}),
        MemberDraft("m", metadata={"x": float("nan")}),
        MemberDraft("x\0"),
    ],
    ids=["surrogate", "surrogate in JSON", "NaN in JSON", "NUL"],
)
async def test_what_postgres_cannot_keep_is_an_invalid_request(database_url: str, draft: MemberDraft) -> None:
    async with open_store(database_url, pool_size=2, timeout=5) as store:
        with pytest.raises(InvalidRequest):
            await store.members.update(DEFAULT, draft)


async def test_the_database_says_what_it_is_and_how_much_is_in_it(database_url: str) -> None:
    async with open_store(database_url, pool_size=2, timeout=5, embedded=True) as store:
        description, counts = store.database.describe(), await store.database.counts()

    assert description.startswith("embedded PostgreSQL 18.")
    assert "pgvector 0.8" in description
    assert str(Path(database_url).parent) not in description
    assert counts == {"collections": 1, "members": 0, "faces": 0, "galleries": 0, "photos": 0}
