"""Postgres as our own child, for whoever has no database of their own.

    with EmbeddedPostgres(Path("data/postgres")) as database_url:
        ...

One process starts it, any number may use the address: `serve` starts it and hands the address to its workers.

What holds it together (each was seen to go wrong otherwise):
- Postgres runs in the foreground and inherits the lock on `folder/lock`; the lock lasts as long as any of its
  processes does, and across containers, which pid files do not. Who holds the lock may remove a stale postmaster.pid.
- The kernel tells it to stop when we die, however we die. That is tied to the *thread* that forked, so one thread
  starts it, waits for it, starts it again if it was killed, and lives as long as we do.
- It is in a session of its own, so that Ctrl-C reaches us first and requests in hand are finished.
"""

import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import BinaryIO
from urllib.parse import quote

import psycopg

from app.domain.errors import DatabaseUnavailable
from app.store import cluster

DATABASE = "face"
LARGEST_LOG = 10_000_000
"""Bytes after which the log is put aside at the next start, in place of the one put aside before."""
SMALL_BOX = {
    "shared_buffers": "128MB",
    "max_connections": "100",
    "work_mem": "16MB",  # grouping the faces of 100,000 members takes 8 MB
    "jit": "off",  # compiling costs more than the vector queries it would speed up
    "wal_compression": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the rows of a violated key carry people's names: neither is logged.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
}

_log = logging.getLogger(__name__)


class EmbeddedPostgres:
    """PostgreSQL 18 with pgvector in a folder of ours, reachable over a private unix socket only.

    settings: more of Postgres's own, over SMALL_BOX. patience: seconds to wait for a Postgres that still holds the
    folder, and for ours to stop.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None, patience: float = 15) -> None:
        self.folder = folder.absolute()
        self._settings = {**SMALL_BOX, **(settings or {})}
        self._patience = patience
        self._socket = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = Event()
        self._launched: Future[None] = Future()
        self._begun = False
        self._keeper = Thread(target=self._keep, name="postgres-keeper", daemon=True)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process that can be asked to stop, while there is one."""
        return self._process.pid if self._process else None

    def begin(self) -> None:
        """Have it started, and do not wait. What goes wrong is raised by `start`."""
        if not self._begun:
            self._begun = True
            self._keeper.start()

    def start(self, timeout: float = 120) -> str:
        """Start it, make what is missing, and return its address once it answers.

        timeout: seconds; replaying the log of a crash takes a while. Raises DatabaseUnavailable, with what to do.
        """
        self.begin()
        try:
            self._launched.result()
            self._wait_until_ready(time.monotonic() + timeout)
        except BaseException:
            self.stop()
            raise
        return self.database_url(DATABASE)

    def database_url(self, database: str) -> str:
        return f"postgresql://postgres@/{quote(database)}?host={quote(str(self._socket), safe='')}&port=5432"

    def stop(self) -> None:
        """Stop it: open transactions are rolled back, what was committed is on disk. Any number of times."""
        self._stopping.set()
        if self._process:
            _end(self._process, self._patience)
        if self._keeper.is_alive():
            self._keeper.join()
        if self._socket.is_absolute():  # otherwise the folder is another service's, and so is the socket
            cluster.forget_elsewhere(self.folder / "socket")

    def _keep(self) -> None:
        """Run in the thread that lives as long as we do."""
        try:
            self._process = self._launch()
        except BaseException as error:  # noqa: BLE001 – handed to the thread that waits, whatever it is
            self._launched.set_exception(error)
            return
        self._launched.set_result(None)
        while not self._stopping.is_set():
            status = self._process.wait()
            if not self._stopping.wait(1):
                _log.error("postgres ended with status %s and is started again", status)
                self._launch_again()

    def _launch_again(self) -> None:
        try:
            self._process = self._launch()
        except DatabaseUnavailable:
            _log.exception("postgres could not be started again")
        if self._stopping.is_set() and self._process:
            _end(self._process, self._patience)

    def _launch(self) -> subprocess.Popen[bytes]:
        try:
            return self._launch_in(self.folder)
        except PermissionError as error:
            msg = f"{error.filename} belongs to somebody else: start the service as its owner, or chown {self.folder}."
            raise DatabaseUnavailable(msg) from error
        except OSError as error:
            msg = f"The database cannot be kept in {self.folder}: {error}"
            raise DatabaseUnavailable(msg) from error

    def _launch_in(self, folder: Path) -> subprocess.Popen[bytes]:
        account = cluster.account_for(folder / "cluster")
        cluster.prepare_folder(folder, account)
        held = _lock(folder / "lock", self._patience)
        try:
            files = cluster.create_cluster(folder, account)
            cluster.write_access(folder, account)
            (files / "postmaster.pid").unlink(missing_ok=True)  # we hold the lock, so it is nobody's
            if not self._socket.is_absolute():
                self._socket = cluster.socket_folder(folder, account)
            return self._spawn(files, cluster.become(account, files), held)
        finally:
            os.close(held)  # Postgres has it now, and alone decides how long

    def _spawn(self, files: Path, prefix: list[str], held: int) -> subprocess.Popen[bytes]:
        options = {
            "unix_socket_directories": str(self._socket),
            "hba_file": str(self.folder / "hba.conf"),
            "ident_file": str(self.folder / "ident.conf"),
            **self._settings,
        }
        command = [*prefix, str(cluster.binaries() / "postgres"), "-D", str(files)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with _open_log(self.folder / "postgres.log") as log:
            return subprocess.Popen(  # noqa: S603 – our own binary, settings of the operator
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(held,),
                cwd="/",
                env=cluster.environment(),
                start_new_session=True,
            )

    def _wait_until_ready(self, deadline: float) -> None:
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                msg = f"Postgres did not start. The end of its log says:\n{self._last_words()}"
                raise DatabaseUnavailable(msg)
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Whether it can be talked to. The first time that it can, our database is made."""
        try:
            with psycopg.connect(self.database_url("postgres"), autocommit=True, connect_timeout=5) as conn:
                known = conn.execute("select from pg_database where datname = %s", [DATABASE]).fetchone()
                if known is None:
                    conn.execute(f"create database {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True

    def _last_words(self) -> str:
        lines = (self.folder / "postgres.log").read_text("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-5:])


def _open_log(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab")


def _lock(path: Path, patience: float) -> int:
    """Take the lock and return its descriptor. Raises DatabaseUnavailable if another holds it for `patience` seconds.

    The wait is for the Postgres of a service that was killed a moment ago: it is still writing its checkpoint.
    """
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(held)
                msg = f"Another service uses the database in {path.parent}. Stop it, or give this one its own DATA_DIR."
                raise DatabaseUnavailable(msg) from None
            time.sleep(0.05)
        else:
            return held


def _end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Ask for a fast shutdown, then for one without a checkpoint: what was committed survives both."""
    for request in (signal.SIGINT, signal.SIGQUIT):
        process.send_signal(request)  # does nothing where the process has ended
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()
