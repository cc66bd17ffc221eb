"""Postgres as our child: started, stopped, killed, and started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from app.domain.errors import DatabaseUnavailable
from app.store.embedded import EmbeddedPostgres
from tests.integration.store import writer


class Writer:
    """writer.py in a process of its own. said: the rows that it said are safe."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", writer.__name__, str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout
        self._lines = self.process.stdout
        self.said: set[int] = set()
        self.postgres = int(self._next("pid"))

    def write(self, rows: int) -> None:
        """Let it write so many more rows."""
        self.said |= {int(self._next("row")) for _ in range(rows)}

    def end(self, victim: int, request: signal.Signals) -> None:
        """Signal the victim, and see the writer off."""
        os.kill(victim, request)
        time.sleep(0.1)
        self.process.kill()
        whole = [line.split() for line in self._lines if line.startswith("row ") and line.endswith("\n")]
        self.said |= {int(number) for _, number in whole}
        self.process.wait()
        self._lines.close()

    def _next(self, kind: str) -> str:
        word, value = self._lines.readline().split()
        assert word == kind
        return value


def written(url: str) -> set[int]:
    with psycopg.connect(url) as conn:
        return {n for (n,) in conn.execute("select n from written")}


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_what_was_written_is_there_after_a_second_and_faster_start(own_postgres: EmbeddedPostgres) -> None:
    with own_postgres as url, psycopg.connect(url) as conn:
        conn.execute("create table written as select 7 as n")
    began = time.monotonic()

    with EmbeddedPostgres(own_postgres.folder) as url:
        took = time.monotonic() - began
        assert written(url) == {7}

    assert took < 2


def test_vectors_checksums_and_settings_are_there(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", settings={"max_connections": "33"})
    with server as url, psycopg.connect(url) as conn:
        conn.execute("create extension vector")
        row = conn.execute(
            "select '[1,2]'::halfvec::text, current_setting('data_checksums'), current_setting('max_connections')"
        ).fetchone()

    assert row == ("[1,2]", "on", "33")


def test_a_stopped_server_leaves_no_process_and_may_be_stopped_again(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    pid = own_postgres.pid

    own_postgres.stop()
    own_postgres.stop()

    assert pid
    assert not is_alive(pid)


def test_a_second_service_on_the_same_folder_is_refused(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()

    with pytest.raises(DatabaseUnavailable, match="Another service uses the database in"):
        EmbeddedPostgres(own_postgres.folder, patience=0.2).start()

    psycopg.connect(url).close()


def test_nothing_in_the_folder_is_open_to_others(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()

    inside = [own_postgres.folder, *own_postgres.folder.iterdir()]

    assert {path.name for path in inside} >= {"cluster", "socket", "lock", "postgres.log", "hba.conf"}
    # Sockets say what they let through in their folder's mode.
    assert [path for path in inside if path.stat().st_mode & 0o007] == []
    assert (own_postgres.folder / "socket").stat().st_mode & 0o777 == 0o700


def test_nothing_listens_on_the_network(own_postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(own_postgres.start()) as conn:
        assert conn.execute("show listen_addresses").fetchone() == ("",)


@pytest.mark.parametrize("request_", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
def test_postgres_ends_with_us_however_we_end(tmp_path: Path, request_: signal.Signals) -> None:
    one = Writer(tmp_path / "postgres")
    one.write(5)

    one.end(one.process.pid, request_)

    wait_until_gone(one.postgres)


def test_no_row_that_was_said_to_be_safe_is_lost_when_we_are_killed(tmp_path: Path) -> None:
    said: set[int] = set()
    for turn in range(4):
        one = Writer(tmp_path / "postgres")
        one.write(50)
        one.end(one.process.pid if turn % 2 else one.postgres, signal.SIGKILL)
        said |= one.said

    with EmbeddedPostgres(tmp_path / "postgres") as url:
        lost = said - written(url)

    assert len(said) >= 200
    assert lost == set()


def test_a_pid_file_that_names_a_living_process_is_known_to_be_stale(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    own_postgres.stop()
    pid_file = own_postgres.folder / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n0\n5432\n\n\n", "utf-8")

    with EmbeddedPostgres(own_postgres.folder) as url:
        psycopg.connect(url).close()


def test_a_cluster_that_was_only_half_made_is_made_anew(own_postgres: EmbeddedPostgres) -> None:
    draft = own_postgres.folder / "cluster.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n", "ascii")

    with own_postgres as url:
        psycopg.connect(url).close()

    assert not draft.exists()


def test_a_folder_whose_path_is_too_long_for_a_socket_works(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 20) / ("longer" * 10))

    with server as url:
        psycopg.connect(url).close()
        elsewhere = Path(str(psycopg.conninfo.conninfo_to_dict(url)["host"]))
        assert elsewhere.stat().st_mode & 0o777 == 0o700

    assert not elsewhere.exists()


def test_a_socket_folder_left_elsewhere_by_one_that_was_killed_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20) / "postgres"
    one = Writer(folder)
    left = (folder / "socket").readlink()
    one.end(one.process.pid, signal.SIGKILL)
    wait_until_gone(one.postgres)

    with EmbeddedPostgres(folder):
        assert (folder / "socket").readlink() != left

    assert not left.exists()


def test_a_folder_with_odd_characters_works(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "münz & co %20 'x'") as url:
        psycopg.connect(url).close()


def test_a_folder_of_another_major_version_is_refused_and_left_alone(own_postgres: EmbeddedPostgres) -> None:
    own_postgres.start()
    own_postgres.stop()
    version = own_postgres.folder / "cluster" / "PG_VERSION"
    version.write_text("17\n", "ascii")

    with pytest.raises(DatabaseUnavailable, match="was made by PostgreSQL 17, and this release brings 18"):
        EmbeddedPostgres(own_postgres.folder).start()

    version.write_text("18\n", "ascii")
    with EmbeddedPostgres(own_postgres.folder) as url:
        psycopg.connect(url).close()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", settings={"shared_buffers": "plenty"})

    with pytest.raises(DatabaseUnavailable, match="shared_buffers"):
        server.start()

    assert server.pid
    assert not is_alive(server.pid)


def test_a_database_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(DatabaseUnavailable, match="file"):
        EmbeddedPostgres(tmp_path / "file" / "postgres").start()


def test_a_large_log_is_put_aside(own_postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.embedded.LARGEST_LOG", 10)
    own_postgres.folder.mkdir()
    (own_postgres.folder / "postgres.log").write_text("old news, and plenty", "utf-8")

    own_postgres.start()

    assert (own_postgres.folder / "postgres.log.1").read_text("utf-8") == "old news, and plenty"
