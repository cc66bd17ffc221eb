"""A service that searches through indexes in memory, from outside."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.service import Service
from tests.conftest import Lfw

SECONDS = 60

pytestmark = pytest.mark.own_engine


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    started = Service(tmp_path, {"SEARCH_BACKEND": "faiss", "SEARCH_INDEX_FACES": "1", "SEARCH_RECALL_SAMPLE": "1"})
    yield started.start()
    started.stop()


def enrol(http: httpx2.Client, member_id: str, photo: bytes) -> None:
    fields = {"member_id": member_id, "face_selection": "largest"}
    http.post("/enroll", data=fields, files={"file": ("photo.jpg", photo)}).raise_for_status()


def who(http: httpx2.Client, photo: bytes) -> str | None:
    found = http.post("/identify", files={"file": ("photo.jpg", photo)}).raise_for_status().json()
    return str(found["best_member_id"]) if found["matched"] else None


def ready_index(http: httpx2.Client) -> dict[str, object]:
    """The default collection's, once it is ready."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for index in http.get("/ops/status").raise_for_status().json()["search"]["indexes"]:
            if index["ready"]:
                return dict(index)
        time.sleep(0.2)
    pytest.fail("no index got ready")


def test_an_index_is_built_by_itself_and_finds_who_is_enrolled_after_it(service: Service, lfw: Lfw) -> None:
    first, *others = lfw.people(photos=2)[:4]
    with service.client() as http:
        enrol(http, first, lfw.photo(first, 1))
        index = ready_index(http)

        for person in others:
            enrol(http, person, lfw.photo(person, 1))
            assert who(http, lfw.photo(person, 1)) == person

        metrics = http.get("/metrics").text
        search = http.get("/ops/status").json()["search"]
    assert index["collection"] == "default"
    assert search["backend"] == "faiss"
    assert 'face_searches_total{backend="faiss"} 3.0' in metrics
    assert "face_search_recall 1.0" in metrics
