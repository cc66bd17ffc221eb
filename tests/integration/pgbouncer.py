"""A real PgBouncer in transaction mode, from Debian's package, unpacked into build/ where it is not installed."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import psycopg

PASSWORD = "pooled-in-tests"
PACKAGES = ("pgbouncer", "libevent-2.1-7", "libc-ares2")
BUILD = Path(__file__).parents[2] / "build" / "pgbouncer"


class PgBouncer:
    """In front of the Postgres in a folder. Two server connections a database, so that clients do share them."""

    def __init__(self, folder: Path, server: Path) -> None:
        self._folder = folder
        self._socket = server / "socket"
        self._account = pwd.getpwuid((server / "cluster").stat().st_uid)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._configure()
        binary, libraries = _binary()
        command = [binary, str(self._folder / "pgbouncer.ini")]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, env={"LD_LIBRARY_PATH": libraries}, stderr=log)
        self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def database_url(self, database: str) -> str:
        return f"postgresql://pooled:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    def forget(self, database: str) -> None:
        """Close the connections to a database."""
        with psycopg.connect(self.database_url("pgbouncer"), autocommit=True, cursor_factory=psycopg.ClientCursor) as c:
            c.execute(f"KILL {database}".encode())
            c.execute(f"RESUME {database}".encode())

    def _configure(self) -> None:
        (self._folder / "users.txt").write_text(f'"pooled" "{PASSWORD}"\n', "utf-8")
        as_root = f"user = {self._account.pw_name}" if os.geteuid() == 0 else ""
        (self._folder / "pgbouncer.ini").write_text(
            f"""
[databases]
* = host={self._socket} port=5432
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self._port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {self._folder / "users.txt"}
admin_users = pooled
pool_mode = transaction
default_pool_size = 2
{as_root}
""",
            "utf-8",
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                psycopg.connect(self.database_url("pgbouncer"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "log").read_text("utf-8")) from None
                time.sleep(0.05)
            else:
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _binary() -> tuple[str, str]:
    """The program, and the folder of the libraries that came with it ("" where it is installed)."""
    installed = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if installed:
        return installed, ""
    if not (BUILD / "root").exists():
        _unpack()
    libraries = next((BUILD / "root" / "usr" / "lib").glob("*/libevent-2.1.so.7")).parent
    return str(BUILD / "root" / "usr" / "sbin" / "pgbouncer"), str(libraries)


def _unpack() -> None:
    """Fetch the packages without installing them: no root is needed and the machine stays as it was."""
    draft = BUILD / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if _apt(draft, "download", *PACKAGES).returncode:
        # No package lists, as in a fresh container: keep some of our own.
        (draft / "lists" / "partial").mkdir(parents=True)
        _apt(draft, "update", f"-oDir::State::Lists={draft}/lists").check_returncode()
        _apt(draft, "download", f"-oDir::State::Lists={draft}/lists", *PACKAGES).check_returncode()
    for package in draft.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, draft / "root"], check=True)
    (draft / "root").rename(BUILD / "root")
    shutil.rmtree(draft)


def _apt(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = ["apt-get", f"-oDir::Cache={folder}", "-oAPT::Sandbox::User=", *words]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True)
