"""Everything into a file and out of it again, by the commands that the guide names."""

from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.store.migrate import migrations
from tests.integration.store.test_migrate import dump

CONTENT = ("collection", "member", "face", "job", "schema_migration")


@pytest.fixture
def filled(database_url: str) -> str:
    """A database with a member whose face is kept, and work that waits."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("set search_path to face, face_queue, public")
        conn.execute("insert into model values ('default', default, 'lite', 'aa', 4, 'MIT', true)")
        conn.execute("insert into collection values ('default', 'staff', 'members', 1)")
        conn.execute("insert into member values ('default', 'staff', 'ann', 'Ann', '{}')")
        conn.execute(
            "insert into face select 'default', gen_random_uuid(), 'staff', 'ann', 1, 'd', '[1,0,0,0]',"
            " 0, 0, 1, 1, array_fill(0, array[10]), 1, 1, '{}', ''"
        )
        conn.execute("insert into procrastinate_jobs (queue_name, task_name) values ('default', 'analyse')")
    return database_url


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set search_path to face, face_queue, public")
        tables = (*CONTENT, "procrastinate_jobs")
        return {name: conn.execute(f"select * from {name} order by 1, 2".encode()).fetchall() for name in tables}


def run(monkeypatch: pytest.MonkeyPatch, url: str, *words: str) -> str:
    monkeypatch.setenv("DATABASE_URL", url)
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_what_was_backed_up_is_restored_as_it_was(
    filled: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "face.dump"

    said = run(monkeypatch, filled, "backup", str(file))
    run(monkeypatch, empty_database_url, "restore", str(file))

    assert rows(empty_database_url) == rows(filled)
    assert dump(empty_database_url) == dump(filled)
    assert "embeddings" in said
    assert file.stat().st_mode & 0o077 == 0, "nobody else may read it"
    assert run(monkeypatch, empty_database_url, "migrate").strip() == "The schema is current."


def test_nothing_is_restored_over_what_is_there(
    filled: str, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "face.dump"
    run(monkeypatch, filled, "backup", str(file))
    before = rows(database_url)

    ended = CliRunner().invoke(app, ["restore", str(file)])

    assert ended.exit_code == 1
    assert rows(database_url) == before


def test_half_a_file_restores_nothing(
    filled: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "face.dump"
    run(monkeypatch, filled, "backup", str(file))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    monkeypatch.setenv("DATABASE_URL", empty_database_url)

    ended = CliRunner().invoke(app, ["restore", str(file)])

    assert ended.exit_code == 1
    with psycopg.connect(empty_database_url) as conn:
        assert conn.execute("select 1 from pg_namespace where nspname = 'face'").fetchone() is None
    assert len(migrations()) > 0
