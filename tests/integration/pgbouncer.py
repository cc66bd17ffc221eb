"""A real PgBouncer in transaction mode, from Debian's package, unpacked into build/ where it is not installed."""

import os
import pwd
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import psycopg

from tools import debian

PASSWORD = "pooled-in-tests"


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
        command = [debian.find("pgbouncer"), self._folder / "pgbouncer.ini"]
        with (self._folder / "log").open("wb") as log:
            environment = {"LD_LIBRARY_PATH": debian.libraries("pgbouncer")}
            self._process = subprocess.Popen(command, env=environment, stderr=log)
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
