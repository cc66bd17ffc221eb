"""Migrations on a real database."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

import app.store.migrate as module
from app.domain.errors import DatabaseUnavailable
from app.store.cluster import binaries
from app.store.migrate import FOLDER, NAME, migrate, migrations
from app.store.open import open_store

ALL = tuple(migration.name for migration in migrations())


def dump(url: str) -> str:
    """The schema as pg_dump writes it, without the marks that differ from one run to the next."""
    command = [str(binaries() / "pg_dump"), "--schema-only", "--no-owner", "--no-privileges", "--schema=face", url]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", written, flags=re.MULTILINE)


def test_names_say_order_stage_and_purpose() -> None:
    names = [path.stem for path in FOLDER.iterdir()]

    assert all(NAME.fullmatch(name) for name in names)
    assert len({name[:4] for name in names}) == len(names)


def test_an_empty_database_is_brought_up_to_date_once(empty_database_url: str) -> None:
    assert migrate(empty_database_url) == ALL
    assert migrate(empty_database_url) == ()


def test_the_migrations_add_up_to_the_schema_that_is_read(empty_database_url: str, database_url: str) -> None:
    with psycopg.connect(empty_database_url) as conn:
        conn.execute("create extension vector schema public")
        conn.execute((FOLDER.parent / "schema.sql").read_bytes())

    written = dump(empty_database_url)

    assert "CREATE TABLE face.face (" in written
    assert written == dump(database_url)


def test_several_processes_may_migrate_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(migrate, [empty_database_url] * 4))

    assert sorted(name for names in done for name in names) == sorted(ALL)


def test_a_migration_that_was_changed_afterwards_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("update face.schema_migration set digest = 'other' where name = %s", [ALL[0]])

    with pytest.raises(DatabaseUnavailable, match=f"{ALL[0]} was changed after it was applied"):
        migrate(database_url)


async def test_a_newer_database_is_used_as_it_is(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("insert into face.schema_migration values ('9999_pre_future', 'digest')")

    assert migrate(database_url) == ()

    assert "9999_pre_future" in caplog.text
    async with open_store(database_url, pool_size=2, timeout=5) as store:
        assert await store.database.pending_migrations() == ()


async def test_what_is_pending_is_told(empty_database_url: str) -> None:
    async with open_store(empty_database_url, pool_size=2, timeout=5) as store:
        assert await store.database.pending_migrations() == ALL

        migrate(empty_database_url)

        assert await store.database.pending_migrations() == ()


def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = module.Migration("0002_pre_broken", b"create table face.half (id int); select 1/0;", "digest")
    known = (*migrations(), broken)
    monkeypatch.setattr(module, "migrations", lambda: known)

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database_url)

    with psycopg.connect(empty_database_url) as conn:
        assert conn.execute("select to_regclass('face.half')").fetchone() == (None,)
        assert [name for (name,) in conn.execute("select name from face.schema_migration")] == list(ALL)


def test_a_database_that_is_not_there_is_said_to_be_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")


def test_our_tables_stand_in_a_schema_of_our_own(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        public = conn.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()

    assert public == (0,)


@pytest.mark.parametrize(
    ("constant", "needed", "complaint"),
    [("OLDEST_POSTGRES", 99, "99 or newer is needed"), ("OLDEST_PGVECTOR", (99,), "ALTER EXTENSION vector UPDATE")],
)
def test_a_database_that_is_too_old_is_refused(
    constant: str, needed: object, complaint: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, constant, needed)

    with pytest.raises(DatabaseUnavailable, match=complaint):
        migrate(empty_database_url)

    with psycopg.connect(empty_database_url) as conn:
        assert conn.execute("select to_regnamespace('face')").fetchone() == (None,)
