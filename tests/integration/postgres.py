"""A real Postgres for the whole run, and a database of its own for every test that asks for one.

There are two kinds of database: as the embedded server has them, reached directly, and as Supabase has them: reached
through a pooler in transaction mode, by a role that owns the database and no more, with pgvector in `extensions`.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from app.store.embedded import EmbeddedPostgres
from app.store.migrate import migrate
from tests.integration.pgbouncer import PASSWORD, PgBouncer

TEMPLATE = "template_face"
POOLED_TEMPLATE = "template_pooled"
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
"""No test that shares this server pulls its plug; those that do start their own, with nothing of this."""
MEMORY, ROOM = Path("/dev/shm"), 8 * 2**30
"""A database is made and dropped a thousand times: where there is room for it in memory, that costs half as much."""

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The server. Its database `template_face` has been migrated.

    It stands where any account may pass through, unlike pytest's own folders: the pooler runs as another user.
    """
    with _open_folder() as folder:
        access = folder / "hba.conf"
        access.write_text("local all pooled scram-sha-256\nlocal all all peer map=service\n", "utf-8")
        server = EmbeddedPostgres(folder / "server", settings={**HASTY, "hba_file": str(access)})
        with server:
            _run(server, f"create database {TEMPLATE}")
            migrate(server.database_url(TEMPLATE))
            yield server


@pytest.fixture(scope="session")
def pgbouncer(postgres: EmbeddedPostgres) -> Iterator[PgBouncer]:
    """The pooler. Its database `template_pooled` has been migrated, through it."""
    _run(postgres, f"create role pooled login password '{PASSWORD}'")
    _run(postgres, f"create database {POOLED_TEMPLATE} owner pooled")
    _run(postgres, "create schema extensions", POOLED_TEMPLATE)
    _run(postgres, "grant usage on schema extensions to public", POOLED_TEMPLATE)
    _run(postgres, "create extension vector schema extensions", POOLED_TEMPLATE)
    with _open_folder() as folder, PgBouncer(folder, postgres.folder) as bouncer:
        migrate(bouncer.database_url(POOLED_TEMPLATE))
        bouncer.forget(POOLED_TEMPLATE)  # a template can be copied only while nobody is connected to it
        yield bouncer


@pytest.fixture
def empty_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database that nothing was done to."""
    with fresh_database(postgres, "template0") as name:
        yield postgres.database_url(name)


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A migrated database without members."""
    with fresh_database(postgres, TEMPLATE) as name:
        yield postgres.database_url(name)


@pytest.fixture
def pooled_url(postgres: EmbeddedPostgres, pgbouncer: PgBouncer) -> Iterator[str]:
    """The same, through a pooler in transaction mode."""
    with fresh_database(postgres, POOLED_TEMPLATE) as name:
        yield pgbouncer.database_url(name)


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server of the test's own, with the settings that users have, not yet started."""
    server = EmbeddedPostgres(tmp_path / "postgres", patience=5)
    yield server
    server.stop()


@contextmanager
def _open_folder() -> Iterator[Path]:
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="face-test-", dir=MEMORY if is_roomy else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def fresh_database(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _run(server, f"create database {name} template {template} strategy file_copy")
    _run(server, f"alter database {name} owner to {'pooled' if template == POOLED_TEMPLATE else 'postgres'}")
    yield name
    _run(server, f"drop database {name} with (force)")


def _run(server: EmbeddedPostgres, statement: str, database: str = "postgres") -> None:
    with psycopg.connect(server.database_url(database), autocommit=True) as conn:
        conn.execute(statement.encode())
