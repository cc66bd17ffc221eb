"""Everything that is kept, to be searched: every row of every table, a dump, and every file."""

import subprocess
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import psycopg

from app.store import cluster

OURS = ("face", "face_queue")


def tables(url: str) -> dict[str, list[str]]:
    """The rows of every table of every schema that is not Postgres's own, as text."""
    with psycopg.connect(url) as conn:
        names = conn.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            f"{schema}.{name}": [row[0] for row in conn.execute(f'select t::text from "{schema}"."{name}" t'.encode())]
            for schema, name in names
        }


def dump(url: str) -> str:
    """As pg_dump writes it."""
    program = cluster.binaries() / "pg_dump"
    ended = subprocess.run([program, url], env=cluster.environment(), capture_output=True, text=True, check=True)
    return ended.stdout


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def in_tables(url: str, traces: Sequence[str]) -> set[str]:
    """The tables that say any of it."""
    return {name for name, rows in tables(url).items() if any(trace in row for row in rows for trace in traces)}


def in_files(folder: Path, traces: Sequence[str], pictures: Sequence[bytes]) -> set[Path]:
    """The files that say any of it, by their names too, and those that are one of the pictures."""
    digests = {sha256(picture).hexdigest() for picture in pictures}
    return {
        path
        for path, content in files(folder)
        if sha256(content).hexdigest() in digests
        or any(trace.encode() in content or trace in str(path) for trace in traces)
    }
