"""Put crowds of people who do not exist into a database, fast: past the triggers, as a restore would."""

import struct
import time
from collections.abc import Sequence

import numpy as np
import psycopg
from numpy.typing import NDArray

from app.domain.collections import CollectionRef, Model
from bench.identities import FACES_A_MEMBER, Population, Vectors, crowd

SEED = 1
NEIGHBOURS = 100
"""Other collections beside the one that is searched, of skewed sizes, with a tenth as many faces in all."""


def fill(url: str, ref: CollectionRef, model: Model, population: Population, faces: int) -> float:
    """Make the collection and its neighbours. Seconds that it took."""
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set search_path = face, extensions, public")
        conn.execute("set session_replication_role = replica")
        conn.execute("create temp table drawn (place bigint, vector halfvec)")
        model_id = _model_id(conn, model)
        _collection(conn, ref.name, model_id, population, faces=faces, seed=SEED)
        for number, size in enumerate(_skewed(faces // 10), 1):
            _collection(conn, f"{ref.name}-{number}", model_id, population, faces=size, seed=SEED + number)
        conn.execute("vacuum analyze member")
        conn.execute("vacuum analyze face")
    return time.perf_counter() - began


def _skewed(total: int) -> Sequence[int]:
    shares = 1 / np.arange(1, NEIGHBOURS + 1)
    return [max(1, int(size)) for size in total * shares / shares.sum()]


def _model_id(conn: psycopg.Connection, model: Model) -> int:
    conn.execute(
        "insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)"
        " values ('default', %s, %s, %s, '', true) on conflict do nothing",
        [model.name, model.recogniser_sha256, model.dimensions],
    )
    row = conn.execute("select model_id from model where recogniser_sha256 = %s", [model.recogniser_sha256]).fetchone()
    assert row
    return int(row[0])


def _collection(
    conn: psycopg.Connection, name: str, model_id: int, population: Population, *, faces: int, seed: int
) -> None:
    conn.execute("insert into collection values ('default', %s, 'members', %s)", [name, model_id])
    members = {"name": name, "last": (faces - 1) // FACES_A_MEMBER}
    conn.execute(
        "insert into member select 'default', %(name)s, 'm' || n, 'Name ' || n, '{}'"
        " from generate_series(0, %(last)s) n",
        members,
    )
    for start, vectors in crowd(population, faces, seed):
        conn.execute("truncate drawn")
        with conn.cursor().copy("copy drawn from stdin (format binary)") as copy:
            copy.write(_binary(start, vectors))
        conn.execute(
            "insert into face select 'default', gen_random_uuid(), %(name)s, 'm' || place / %(each)s, %(model)s,"
            " lpad(place::text, 64, '0'), vector, 0.3, 0.3, 0.4, 0.4, array_fill(0.5, array[10]), 0.9, 0.8, '{}',"
            " 'upload' from drawn",
            {"name": name, "each": FACES_A_MEMBER, "model": model_id},
        )


def _binary(start: int, vectors: Vectors) -> bytes:
    """A binary COPY of numbers and vectors (postgresql.org/docs/current/sql-copy.html)."""
    rows: NDArray[np.void] = np.zeros(
        len(vectors),
        [("fields", ">i2"), ("of_place", ">i4"), ("place", ">i8"), ("of_vector", ">i4"), ("dimensions", ">i2"),
         ("unused", ">i2"), ("vector", ">f2", (vectors.shape[1],))],
    )  # fmt: skip
    rows["fields"], rows["of_place"], rows["of_vector"] = 2, 8, 4 + 2 * vectors.shape[1]
    rows["place"] = np.arange(start, start + len(vectors))
    rows["dimensions"], rows["vector"] = vectors.shape[1], vectors
    return b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0) + rows.tobytes() + struct.pack(">h", -1)
