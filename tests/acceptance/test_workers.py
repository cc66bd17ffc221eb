"""Workers and the database die in the middle of a gallery: every photo is settled once, and nothing is missing."""

import signal
from pathlib import Path

import pytest

from bench.galleries import Client, Event, Killer, database, event, score, wait
from bench.photos import People
from bench.service import Service
from bench.storage import photos_in_s3, settings_for

QUICK = {"WORKER_HEARTBEAT_SECONDS": "0.5", "WORKER_STALLED_SECONDS": "2", "WORKER_RETRY_SECONDS": "0.1"}


@pytest.fixture(scope="module")
def made(everybody: People) -> Event:
    return event(everybody, clients=6, photos=200)


def test_nothing_is_lost_when_workers_and_postgres_die(tmp_path: Path, made: Event) -> None:
    with photos_in_s3(tmp_path / "s3", made.photos) as storage, database(tmp_path) as (url, postmaster):
        settings = {**settings_for(storage), **QUICK, "WORKER_IN_PROCESS": "false", "DATABASE_URL": url}
        service = Service(tmp_path, settings).start()
        killer = Killer(service.environment, tmp_path / "workers.log", 0.3, postmaster)
        killer.start(2)
        with service.client() as http:
            client = Client(http)
            client.prepare(made, None)
            client.process()
            wait(client, killer)
            photos, pairs = client.photos(), client.pairs(sorted(made.clients))
        killer.stop()
        service.stop()

    assert killer.killed
    assert killer.database is None
    assert {photo["state"] for photo in photos} == {"done"}
    assert len(photos) == len({photo["key"] for photo in photos}) == len(made.photos)
    found = score(made.truth, pairs)
    assert found.twice == 0
    assert found.precision > 0.95
    assert found.recall > 0.85


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand(tmp_path: Path, made: Event) -> None:
    with photos_in_s3(tmp_path / "s3", made.photos) as storage, database(tmp_path) as (url, _):
        settings = {**settings_for(storage), **QUICK, "WORKER_IN_PROCESS": "false", "DATABASE_URL": url}
        service = Service(tmp_path, settings).start()
        with service.client() as http:
            client = Client(http)
            client.prepare(made, None)
            client.process()
            killer = Killer(service.environment, tmp_path / "workers.log", 0, None)
            killer.start(1)
            while client.standing()["done"] == 0:
                assert killer.workers[0].poll() is None
            killer.workers[0].send_signal(signal.SIGTERM)

            assert killer.workers[0].wait(30) == 0

            standing = client.standing()
        service.stop()
    assert (standing["processing"], standing["error"]) == (0, 0)
    assert standing["status"] == "processing"
    assert "worker stopped" in (tmp_path / "workers.log").read_text()
