"""What is read from Postgres to make an index and to keep it current.

Every face carries the number of the transaction that wrote it, and Postgres can say of any two moments which
transactions lie between: an index asks for exactly those, in whatever order they were committed. No writer waits for
another because of it, nothing is lost to a listener that was not there, and it works through any pooler.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import ClientCursor
from psycopg.rows import TupleRow, class_row

from app.domain.collections import CollectionRef
from app.store import sql
from app.store.index import shard
from app.store.index.basis import Vectors
from app.store.index.live import Changes
from app.store.index.segment import Mark
from app.store.pool import Connection

QUERIES = sql.load(__file__)
CHANGES = QUERIES["changes"]
SAMPLE, WHOLE = QUERIES["sample"].rstrip(";"), QUERIES["whole"].rstrip(";")

MOST_CHANGES = 2_000
"""Faces that a search takes in before it answers: a few milliseconds' work."""
HEADER, TRAILER = 19, 2
"""Bytes before and after the rows of a binary COPY (postgresql.org/docs/current/sql-copy.html)."""
CHUNK = 4 * 1024 * 1024
"""Bytes of rows that are made into an array at once."""
IDS = 2**128


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection's faces of one model, as the survey found them. faces: how many."""

    tenant_id: str
    collection: str
    model_id: int
    recogniser_sha256: str
    dimensions: int
    faces: int

    @property
    def ref(self) -> CollectionRef:
        return CollectionRef(self.tenant_id, self.collection)

    @property
    def key(self) -> dict[str, object]:
        return {"tenant": self.tenant_id, "collection": self.collection, "model_id": self.model_id}


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some faces, in the order they came. vectors: float32, rounded to 16 bits as they are kept."""

    faces: NDArray[np.void]
    members: NDArray[np.int32]
    vectors: Vectors


class TooMany(Exception):
    """More has changed than a search can take in."""


def origin(conn: psycopg.Connection) -> str:
    (found,) = conn.execute(QUERIES["origin"]).fetchone() or ("",)
    return str(found)


def begin(conn: psycopg.Connection, tenant: str, role: str) -> Mark:
    """Begin to read one state of the database, and say which. The caller ends the transaction. role: see Pool."""
    ClientCursor(conn).execute(QUERIES["begin_reading"], {"tenant": tenant, "role": role})
    (snapshot,) = conn.execute(QUERIES["snapshot"]).fetchone() or ("",)
    return Mark(origin(conn), str(snapshot))


def survey(conn: psycopg.Connection, least: int) -> list[Shelf]:
    with conn.cursor(row_factory=class_row(Shelf)) as cur:
        return cur.execute(QUERIES["survey"], {"least": least}).fetchall()


def analyze(conn: psycopg.Connection) -> None:
    """Have the planner know the faces as they are now. Outside a transaction of the caller's."""
    conn.execute(QUERIES["analyze"])


def sample(conn: psycopg.Connection, shelf: Shelf, count: int) -> Vectors:
    """About `count` of the faces, or all if there are fewer."""
    share = min(1.0, count / max(shelf.faces, 1))
    bound = UUID(int=min(IDS - 1, int(share * IDS)))
    query = f"copy ({SAMPLE}) to stdout (format binary)"
    chunks = list(_copied(conn, query, {**shelf.key, "bound": str(bound)}, shelf.dimensions))
    return np.concatenate([chunk.vectors for chunk in chunks] or [np.empty((0, shelf.dimensions), np.float32)])


def whole(conn: psycopg.Connection, shelf: Shelf) -> Iterator[Chunk]:
    """All the faces, some at a time."""
    return _copied(conn, f"copy ({WHOLE}) to stdout (format binary)", shelf.key, shelf.dimensions)


async def changes(conn: Connection, key: Mapping[str, object], since: Mark, most: int) -> Changes:
    """The faces that came after a mark. Raises TooMany where they are more than `most`, or the mark says nothing."""
    rows = await (await conn.execute(CHANGES, {**key, **after(since, most)})).fetchall()
    return changed(rows, since, most)


async def erased_since(conn: Connection, key: Mapping[str, object], mark: Mark) -> bool:
    """Whether somebody was erased since, who is in what was made then."""
    row = await (await conn.execute(QUERIES["erased_since"], {**key, "since": mark.snapshot})).fetchone()
    return bool(row and row[0])


def after(since: Mark, most: int) -> dict[str, object]:
    """What CHANGES is asked with, beside the key."""
    return {"since": since.snapshot, "most": most + 1}


def changed(rows: Sequence[TupleRow], since: Mark, most: int) -> Changes:
    """What the answer to CHANGES says. Raises TooMany."""
    until, now = rows[0][:2]
    if now != since.origin or len(rows) > most:
        raise TooMany
    faces = [row for row in rows if row[2] is not None]
    vectors = [np.frombuffer(vector, ">f2", offset=4) for *_, vector in faces]
    ids, members = tuple(row[2] for row in faces), tuple(row[3] for row in faces)
    return Changes(ids, members, np.array(vectors, np.float32), Mark(now, until))


def _copied(conn: psycopg.Connection, query: str, arguments: Mapping[str, object], dimensions: int) -> Iterator[Chunk]:
    """The rows of a binary COPY, each of one length since the vectors are."""
    row, held, size = _row(dimensions), [], 0
    with conn.cursor().copy(query, arguments) as copy:
        skip = HEADER
        for block in copy:
            held.append(bytes(block)[skip:])
            size += len(held[-1])
            skip = 0
            if size >= CHUNK:
                joined = b"".join(held)
                whole_rows = len(joined) // row.itemsize * row.itemsize
                yield _chunk(np.frombuffer(joined[:whole_rows], row))
                held, size = [joined[whole_rows:]], len(joined) - whole_rows
    joined = b"".join(held)[: size - TRAILER]
    if joined:
        yield _chunk(np.frombuffer(joined, row))


def _row(dimensions: int) -> np.dtype[np.void]:
    """How a row of face_id, member and embedding looks; every field after its length."""
    return np.dtype(
        [
            ("fields", ">i2"), ("of_face", ">i4"), ("face", shard.FACE_ID), ("of_member", ">i4"), ("member", ">i4"),
            ("of_vector", ">i4"), ("dimensions", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dimensions,)),
        ]
    )  # fmt: skip


def _chunk(rows: NDArray[np.void]) -> Chunk:
    vectors = rows["vector"].astype(np.float32)
    return Chunk(rows["face"].copy(), rows["member"].astype(np.int32), vectors)
