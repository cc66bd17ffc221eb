"""Bring the database to the state that this code expects: plain SQL files, each run once, in order, for good.

`NNNN_pre_what.sql` adds something and may run while older code serves; `NNNN_post_what.sql` takes away what no
running code uses any more. A file that was ever released is never changed: what was applied is kept with its digest.
schema.sql is the sum of them, to be read; a test compares the two.

The queue's own migrations come with its library, in the same manner, and are made to stand in a schema of their own.
"""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager

from app.domain.errors import DatabaseUnavailable
from app.store import sql
from app.store.pool import Pool, everybody, translated

QUERIES = sql.load(__file__)
FOLDER = Path(__file__).parent / "migrations"
QUEUE_FOLDER = Path(SchemaManager.get_migrations_path())
OURS, OF_THE_QUEUE = "face, extensions, public", "face_queue"
"""Search paths of the two kinds."""
NAME = re.compile(r"[0-9]{4}_(pre|post)_[a-z0-9_]+")
OLDEST_POSTGRES = 15
OLDEST_PGVECTOR = (0, 8)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. name: without the suffix. digest: SHA-256 of its bytes, in hex. path: the search path it needs."""

    name: str
    statements: bytes
    digest: str
    path: str = OURS


def migrations() -> tuple[Migration, ...]:
    """All of them, in the order in which they run."""
    ours = (_read(file, file.stem, OURS) for file in sorted(FOLDER.glob("*.sql")))
    queue = (_read(file, f"queue_{file.stem}", OF_THE_QUEUE) for file in sorted(QUEUE_FOLDER.glob("*.sql")))
    return (*ours, *queue)


def _read(file: Path, name: str, path: str) -> Migration:
    content = file.read_bytes()
    return Migration(name, content, hashlib.sha256(content).hexdigest(), path)


def migrate(database_url: str) -> tuple[str, ...]:
    """Run what has not been run, and return its names. Any number of processes may call this at once.

    Migrations that this code does not know were left by a newer release, and older code runs on them: that is what
    `pre` and `post` are for. Raises DatabaseUnavailable where the database cannot be reached, is too old, lacks
    pgvector, or was built from files that have changed since.
    """
    with translated(), psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as conn:
        done = read_applied(conn)
        _tell_of_newer(done)
        missing = missing_from(done)
        if missing:
            _require_server(conn)
            _prepare(conn)
        applied = tuple(migration.name for migration in missing if _apply(conn, migration))
        _let_in(conn, anew=bool(applied))
        return applied


def missing_from(done: Mapping[str, str]) -> tuple[Migration, ...]:
    """What is still to be run. done: digests by name. Raises DatabaseUnavailable where a file was changed."""
    known = migrations()
    for migration in known:
        if done.get(migration.name, migration.digest) != migration.digest:
            msg = f"Migration {migration.name} was changed after it was applied. Restore the file and add a new one."
            raise DatabaseUnavailable(msg)
    return tuple(migration for migration in known if migration.name not in done)


def _tell_of_newer(done: Mapping[str, str]) -> None:
    newer = done.keys() - {migration.name for migration in migrations()}
    if newer:
        _log.warning("the database is newer than this release, which runs on it all the same: %s", sorted(newer))


async def pending(pool: Pool) -> Sequence[str]:
    """Names of the migrations that have not been run."""
    async with everybody(pool) as conn:
        known = await (await conn.execute(QUERIES["find_table"])).fetchone()
        rows = await (await conn.execute(QUERIES["list_applied"])).fetchall() if known else []
    return tuple(migration.name for migration in missing_from(dict(rows)))


def read_applied(conn: psycopg.Connection) -> dict[str, str]:
    """Digests of the migrations that were run, by name."""
    if conn.execute(QUERIES["find_table"]).fetchone() is None:
        return {}
    return dict(conn.execute(QUERIES["list_applied"]).fetchall())


def _require_server(conn: psycopg.Connection) -> None:
    found = conn.info.server_version // 10_000
    if found < OLDEST_POSTGRES:
        msg = f"The database is PostgreSQL {found}; {OLDEST_POSTGRES} or newer is needed."
        raise DatabaseUnavailable(msg)


def _prepare(conn: psycopg.Connection) -> None:
    """Make our schema, the table of what was applied, and the extension, where they are missing."""
    with conn.transaction():
        conn.execute(QUERIES["lock"])
        conn.execute(QUERIES["create_schema"])
        conn.execute(QUERIES["create_queue_schema"])
        conn.execute(QUERIES["create_table"])
        require_pgvector(conn)


def require_pgvector(conn: psycopg.Connection) -> None:
    """Install it where it is missing. Raises DatabaseUnavailable where that is not possible, or it is too old."""
    if conn.execute(QUERIES["find_pgvector"]).fetchone() is None:
        _create_pgvector(conn)
    (version,) = conn.execute(QUERIES["find_pgvector"]).fetchone() or ("0",)
    if tuple(int(part) for part in re.findall(r"\d+", version)) < OLDEST_PGVECTOR:
        msg = f"pgvector {version} is installed; 0.8 or newer is needed: ALTER EXTENSION vector UPDATE."
        raise DatabaseUnavailable(msg)


def _create_pgvector(conn: psycopg.Connection) -> None:
    aside = conn.execute(QUERIES["find_extensions_schema"]).fetchone()
    create = QUERIES["create_pgvector_aside" if aside else "create_pgvector"]
    try:
        conn.execute(create)
    except (
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.UndefinedFile,
        psycopg.errors.InsufficientPrivilege,
    ) as e:
        msg = "The database lacks pgvector: install it, and let an administrator run CREATE EXTENSION vector."
        raise DatabaseUnavailable(msg) from e


def _let_in(conn: psycopg.Connection, *, anew: bool) -> None:
    """Make the role that the service becomes, and let it at the tables; anew where there may be new ones."""
    with conn.transaction():
        conn.execute(QUERIES["lock"])
        conn.execute(QUERIES["make_role"])
        (granted,) = conn.execute(QUERIES["has_grants"]).fetchone() or (None,)
        if granted is not None and (anew or not granted):
            conn.execute(QUERIES["grant_role"])


def _apply(conn: psycopg.Connection, migration: Migration) -> bool:
    """Run it in a transaction of its own, unless another process was faster. Whether it was run here."""
    with conn.transaction():
        conn.execute(QUERIES["lock"])
        if migration.name in read_applied(conn):
            return False
        conn.execute(QUERIES["set_search_path"], {"path": migration.path})
        conn.execute(migration.statements)
        conn.execute(QUERIES["record"], {"name": migration.name, "digest": migration.digest})
    _log.info("migrated %s", migration.name)
    return True
