"""Postgres itself says whether every query is well formed, and how it would run the hot ones."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest

import app.store
from app.domain.faces import unit
from app.store import vectors
from app.store.embedded import EmbeddedPostgres
from tests.integration.postgres import TEMPLATE, fresh_database

STORE = Path(app.store.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(STORE).with_suffix("").parts)
    for path in STORE.rglob("*.sql")
    if path.parent.name != "migrations" and path.stem != "schema"
)
NAMED = [
    pytest.param(module, name, id=f"{module}.{name}")
    for module in MODULES
    for name in importlib.import_module(f"app.store.{module}").QUERIES
]
WHOLE_COLLECTION = {"tenant": "default", "collection": "large", "model_id": 1}


@pytest.fixture(scope="module")
def conn(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """Of a database for the whole file: nothing is kept in it but by `large`."""
    with (
        fresh_database(postgres, TEMPLATE) as name,
        psycopg.connect(postgres.database_url(name), autocommit=True) as conn,
    ):
        conn.execute("set search_path to face, extensions, public, face_queue")
        yield conn


@pytest.fixture(scope="module")
def large(conn: psycopg.Connection) -> psycopg.Connection:
    """500 members with two faces each in one collection, and twenty such collections beside it."""
    conn.execute("insert into model values ('default', default, 'lite', 'aa', 4, 'MIT', true)")
    conn.execute("insert into collection select 'default', 'c' || n, 'members', 1 from generate_series(1, 20) n")
    conn.execute("insert into collection values ('default', 'large', 'members', 1)")
    conn.execute(
        "insert into member select 'default', name, 'm' || n, '', '{}' from collection, generate_series(1, 500) n"
        " where model_id = 1"
    )
    conn.execute(
        "insert into face select 'default', gen_random_uuid(), collection, member_id, 1, 'd' || n, '[1,0,0,0]',"
        " 0, 0, 1, 1, array_fill(0, array[10]), 1, 1, '{}', '' from member, generate_series(1, 2) n"
    )
    conn.execute("analyze")
    return conn


def query(module: str, name: str) -> str:
    return str(importlib.import_module(f"app.store.{module}").QUERIES[name])


def plan(conn: psycopg.Connection, text: str, arguments: dict[str, object]) -> str:
    row = conn.execute(f"explain (format json) {text}".encode(), arguments).fetchone()
    assert row
    return json.dumps(row[0])


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_every_query_can_be_prepared(module: str, name: str, conn: psycopg.Connection) -> None:
    numbered: dict[str, int] = {}
    text = re.sub(r"^begin[^;]*;", "", query(module, name))
    positional = re.sub(r"%\((\w+)\)s", lambda found: f"${numbered.setdefault(found[1], len(numbered) + 1)}", text)

    # Postgres prepares what reads and writes rows; what makes things is run, here where they are made already.
    if text.startswith(("create ", "analyze ", "do ", "grant ")):
        conn.execute(text.encode())
    else:
        conn.execute(f"prepare {name} as {positional}".encode())
        conn.execute(f"deallocate {name}".encode())


@pytest.mark.parametrize("module", MODULES)
def test_every_query_is_used_and_every_used_query_is_written(module: str) -> None:
    used = set(
        re.findall(
            r'"(\w+)"', "".join(re.findall(r"QUERIES\[(.+?)\]", (STORE / f"{module.replace('.', '/')}.py").read_text()))
        )
    )

    assert used == set(importlib.import_module(f"app.store.{module}").QUERIES)


def test_searching_one_collection_reads_no_other(large: psycopg.Connection) -> None:
    probe = vectors.text(unit(np.ones(4)))

    found = plan(large, query("faces", "nearest_members"), WHOLE_COLLECTION | {"probes": [probe], "limit": 5})

    assert "face_tenant_id_collection_member_id_digest_model_id_key" in found
    assert "member_pkey" in found
    assert "Seq Scan" not in found


def test_verifying_a_member_reads_that_members_faces(large: psycopg.Connection) -> None:
    probe = vectors.text(unit(np.ones(4)))

    found = plan(large, query("faces", "best_of_member"), WHOLE_COLLECTION | {"probe": probe, "member_id": "m7"})

    assert "face_tenant_id_collection_member_id_digest_model_id_key" in found
    assert "Seq Scan" not in found


@pytest.mark.parametrize(
    ("module", "name", "index"),
    [
        ("faces", "drop_other_faces", "face_tenant_id_collection_member_id_digest_model_id_key"),
        ("members", "get_member", "member_pkey"),
        ("members", "page_members", "member_pkey"),
        ("members", "page_faces", "face_tenant_id_collection_member_id_digest_model_id_key"),
        ("members", "lock_face", "face_pkey"),
        ("members", "delete_face", "face_tenant_id_collection_member_id_digest_model_id_key"),
        ("reindex", "put_twin", "face_pkey"),
    ],
)
def test_what_is_asked_for_one_row_or_page_comes_from_an_index(
    module: str, name: str, index: str, large: psycopg.Connection
) -> None:
    nil = "00000000-0000-0000-0000-000000000000"
    asked = {"recogniser": "aa", "member_id": "m7", "face_id": nil, "after": "m5", "limit": 51}
    asked |= {"after_time": "-infinity", "after_face": nil, "digest": "d1", "embedding": "[1,0,0,0]", "reasons": []}
    asked |= {"remote_id": None}
    asked |= dict.fromkeys(("left", "top", "width", "height", "det_score", "quality"), 0.5) | {"landmarks": [0.5] * 10}

    found = plan(large, query(module, name), WHOLE_COLLECTION | asked)

    assert index in found


def test_what_came_since_a_moment_is_found_without_reading_the_rest(large: psycopg.Connection) -> None:
    (snapshot,) = large.execute("select pg_current_snapshot()::text").fetchone() or ("",)

    found = plan(large, query("index.feed", "changes"), WHOLE_COLLECTION | {"since": snapshot, "most": 2_001})

    assert "face_stamp" in found


def test_candidates_are_compared_without_reading_the_rest(large: psycopg.Connection) -> None:
    probe, nil = vectors.text(unit(np.ones(4))), "00000000-0000-0000-0000-000000000000"
    asked = {"probes": [probe], "numbers": [1] * 100, "faces": [nil] * 100, "limit": 5}

    found = plan(large, query("index.search", "rerank"), WHOLE_COLLECTION | asked)

    assert "face_pkey" in found
    assert '"Seq Scan"' not in found


def test_every_key_begins_with_the_tenant(conn: psycopg.Connection) -> None:
    rows = conn.execute(
        "select c.conrelid::regclass::text, c.conname, a.attname from pg_constraint c"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
        " where c.connamespace = 'face'::regnamespace and c.contype in ('p', 'u', 'f')"
    ).fetchall()

    assert len(rows) >= 10
    assert {(table, key) for table, key, first in rows if first != "tenant_id"} == {
        ("schema_migration", "schema_migration_pkey")
    }
