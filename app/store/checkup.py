"""What a doctor asks of a database that may be in any state: one plain connection, one question after the other."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg

from app.domain.errors import DatabaseUnavailable
from app.store import sql
from app.store.embedded import DATABASE
from app.store.migrate import OURS, missing_from, read_applied
from app.store.pool import translated

QUERIES = sql.load(__file__)
PATIENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook whose last delivery failed."""

    tenant: str
    webhook_id: str
    url: str
    error: str


class Patient:
    """A database that answers."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        conn.execute(QUERIES["look_into"], {"path": f"{OURS}, face_queue"})

    @property
    def server(self) -> int:
        """Major version of the server."""
        return self._conn.info.server_version // 10_000

    def pgvector(self) -> str:
        """Its version; "" where it is not installed in this database."""
        found = self._conn.execute(QUERIES["pgvector"]).fetchone()
        return str(found[0]) if found else ""

    def pending(self) -> list[str]:
        """Names of migrations that have not been run. Raises DatabaseUnavailable where one was changed since."""
        return [migration.name for migration in missing_from(read_applied(self._conn))]

    def now(self) -> datetime:
        [(now,)] = self._conn.execute(QUERIES["now"]).fetchall()
        assert isinstance(now, datetime)
        return now

    def broken_indexes(self) -> list[str]:
        return [row[0] for row in self._conn.execute(QUERIES["broken_indexes"])]

    def other_models(self, recognisers: Sequence[str]) -> list[str]:
        """Collections whose faces are of none of the models, each by its recogniser's SHA-256."""
        return [row[0] for row in self._conn.execute(QUERIES["other_models"], {"digests": list(recognisers)})]

    def sources(self) -> list[str]:
        """One gallery's folder for each bucket that galleries lie in."""
        return [row[0] for row in self._conn.execute(QUERIES["sources"])]

    def remote_collections(self) -> list[str]:
        """What AWS calls those that were made there for collections of ours."""
        return [row[0] for row in self._conn.execute(QUERIES["known_there"])]

    def failing_webhooks(self) -> list[Told]:
        return [Told(*row) for row in self._conn.execute(QUERIES["failing_webhooks"])]

    def dead_letters(self) -> Mapping[str, int]:
        return dict(self._conn.execute(QUERIES["dead_letters"]).fetchall())

    def idle_queue(self, seconds: float) -> int:
        """Tasks that are due while no worker gave a sign of life for so long."""
        [(due,)] = self._conn.execute(QUERIES["idle_queue"], {"seconds": seconds}).fetchall()
        return int(due)


@contextmanager
def examined(database_url: str) -> Iterator[Patient]:
    """Connect, for as long as this lasts. Raises DatabaseUnavailable, in the server's own words where it answered."""
    try:
        with (
            psycopg.connect(
                database_url, autocommit=True, prepare_threshold=None, connect_timeout=PATIENCE_SECONDS
            ) as conn,
            translated(),
        ):
            yield Patient(conn)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(str(error).strip().splitlines()[0]) from error


def running(folder: Path) -> str:
    """The address of the embedded database in a folder, if a service runs it just now; "" where none does."""
    socket = folder.absolute() / "socket"
    url = f"postgresql://postgres@/{DATABASE}?host={quote(str(socket.resolve()), safe='')}&port=5432"
    try:
        psycopg.connect(url, connect_timeout=PATIENCE_SECONDS).close()
    except psycopg.OperationalError:
        return ""
    return url
