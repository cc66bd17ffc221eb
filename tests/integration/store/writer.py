"""A program for test_embedded to kill: starts Postgres in the folder given, writes rows, tells each that is safe."""

import sys
from pathlib import Path

import psycopg

from app.store.embedded import EmbeddedPostgres

if __name__ == "__main__":
    server = EmbeddedPostgres(Path(sys.argv[1]))
    with psycopg.connect(server.start(), autocommit=True) as conn:
        conn.execute("create table if not exists written (n bigint generated always as identity)")
        print("pid", server.pid, flush=True)  # noqa: T201 – its parent reads this
        while True:
            row = conn.execute("insert into written default values returning n").fetchone()
            print("row", row[0] if row else "", flush=True)  # noqa: T201 – and this
