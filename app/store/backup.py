"""The whole database as one file and back, by Postgres's own pg_dump and pg_restore, which the embedded one brings."""

import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.domain.errors import Conflict, DatabaseUnavailable
from app.store import cluster, sql
from app.store.migrate import require_pgvector
from app.store.pool import translated

QUERIES = sql.load(__file__)
SCHEMAS = ("face", "face_queue")


def dump(database_url: str, file: Path) -> None:
    """Write everything as it was at one moment; whoever works goes on. Raises DatabaseUnavailable."""
    schemas = [f"--schema={name}" for name in SCHEMAS]
    _run(database_url, "pg_dump", "--format=custom", "--no-owner", "--no-acl", *schemas, f"--file={file}")


def restore(database_url: str, file: Path) -> None:
    """Bring it all back, or nothing, into a database that holds nothing of the service.

    Raises Conflict where it holds something, DatabaseUnavailable.
    """
    with translated(), psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as conn:
        if conn.execute(QUERIES["find_schemas"], {"names": list(SCHEMAS)}).fetchone():
            msg = "The database holds something of the service already: restore into an empty one."
            raise Conflict(msg)
        require_pgvector(conn)
    _run(database_url, "pg_restore", "--no-owner", "--no-acl", "--single-transaction", str(file))


def _run(database_url: str, program: str, *words: str) -> None:
    """Raises DatabaseUnavailable with what the program said, which may name tables and never holds their rows."""
    at = conninfo_to_dict(database_url)
    secret = {"PGPASSWORD": str(at.pop("password"))} if "password" in at else {}  # other users see a command's words
    ended = subprocess.run(  # noqa: S603 - a program of ours, words of the operator
        [
            cluster.binaries() / program,
            f"--dbname={make_conninfo(**{name: str(value) for name, value in at.items()})}",
            *words,
        ],
        env={**cluster.environment(), **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if program in line]
        msg = "\n".join(said[:3]) or f"{program} ended with status {ended.returncode}."
        raise DatabaseUnavailable(msg)
