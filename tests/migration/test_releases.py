"""Whoever runs an earlier release on the schema of this one finds everything where it was."""

import re
from pathlib import Path

import psycopg
import pytest

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.sql"))
MAKES = ("create ", "analyze ", "begin")
"""Statements that are not prepared: nothing in them changes with our tables."""


def queries(file: Path) -> dict[str, str]:
    _, *parts = re.split(r"^-- name: (\S+)\n", file.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("release", RELEASES, ids=lambda file: file.stem)
def test_every_query_of_an_earlier_release_can_be_prepared(release: Path, database_url: str) -> None:
    broken = {}
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("set search_path to face, extensions, public, face_queue")
        for name, text in queries(release).items():
            if not text.startswith(MAKES) and (why := unprepared(conn, text)):
                broken[name] = why

    assert broken == {}, "a migration that takes away waits until no release asks for it: docs/upgrade.md"


def test_a_column_that_is_gone_is_noticed(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("set search_path to face, extensions, public, face_queue")
        conn.execute("alter table member rename column metadata to details")

        broken = [name for name, text in queries(RELEASES[0]).items() if "UndefinedColumn" in unprepared(conn, text)]

    assert "members.get_member" in broken


def unprepared(conn: psycopg.Connection, text: str) -> str:
    """Why a query cannot be prepared; "" where it can."""
    numbered: dict[str, int] = {}
    positional = re.sub(r"%\((\w+)\)s", lambda found: f"${numbered.setdefault(found[1], len(numbered) + 1)}", text)
    try:
        conn.execute(f"prepare it as {positional}".encode())
        conn.execute("deallocate it")
    except psycopg.Error as error:
        return f"{type(error).__name__}: {error}"
    return ""
