"""An upload that is answered later: kept, analysed in the background, listed, forgotten."""

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.photos import People
from bench.service import Service

PATIENCE_SECONDS = 60


def upload(http: httpx2.Client, photo: bytes, **fields: str) -> dict[str, Any]:
    answer = http.post("/analyses", data=fields, files={"file": ("a.jpg", photo)})
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ended(http: httpx2.Client, begun: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found: dict[str, Any] = http.get(begun["status_url"]).json()
        if found["status"] in ("done", "failed"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_who_is_in_an_upload_is_told_later(http: httpx2.Client, collection: str, everybody: People) -> None:
    first, second, *_ = everybody["Venus_Williams"]
    http.post("/enroll", data={"collection": collection, "member_id": "7", "name": "Venus"}, files={"file": first()})

    begun = upload(http, second(), collection=collection, name="finals.jpg")
    done = ended(http, begun)

    assert (begun["status"], begun["result"], begun["name"]) == ("queued", None, "finals.jpg")
    [match] = done["result"]["matches"]
    assert (done["status"], match["member_id"], match["decision"]) == ("done", "7", "match")
    assert done["result"]["faces_detected"] == len(done["result"]["faces"]) == 1


def test_a_picture_of_nobody_is_an_answer_and_what_is_no_picture_a_failure(
    http: httpx2.Client, collection: str, everybody: People, images: Path
) -> None:
    http.put(f"/collections/{collection}", json={})

    nobody = ended(http, upload(http, (images / "hard" / "i_trns.png").read_bytes(), collection=collection))
    broken = ended(http, upload(http, b"this is no picture", collection=collection))
    unknown = ended(http, upload(http, everybody["Venus_Williams"][0](), collection="no-such"))

    assert (nobody["status"], nobody["result"]["faces_detected"]) == ("done", 0)
    assert (broken["status"], broken["error"]["code"], broken["attempts"]) == ("failed", "image_unreadable", 1)
    assert (unknown["status"], unknown["error"]["code"]) == ("failed", "collection_not_found")


def test_the_history_has_filters_and_pages(http: httpx2.Client, collection: str, everybody: People) -> None:
    http.put(f"/collections/{collection}", json={})
    photo = everybody["Venus_Williams"][0]()
    begun = [upload(http, photo, collection=collection, name=str(n)) for n in range(3)]
    for one in begun:
        ended(http, one)

    first = http.get("/analyses", params={"collection": collection, "limit": 2}).json()
    rest = http.get("/analyses", params={"collection": collection, "cursor": first["next_cursor"]}).json()
    failed = http.get("/analyses", params={"collection": collection, "status": "failed"}).json()

    assert [one["name"] for one in first["analyses"] + rest["analyses"]] == ["2", "1", "0"]
    assert (rest["next_cursor"], failed["analyses"]) == ("", [])


def test_an_analysis_is_forgotten_with_its_picture(
    http: httpx2.Client, service: Service, collection: str, everybody: People
) -> None:
    http.put(f"/collections/{collection}", json={})
    kept = service.log.parent / "data" / "uploads"
    before = {file for file in kept.rglob("*") if file.is_file()}
    begun = upload(http, everybody["Venus_Williams"][0](), collection=collection)
    ended(http, begun)
    [picture] = {file for file in kept.rglob("*") if file.is_file()} - before

    assert http.delete(begun["status_url"]).status_code == 204

    assert not picture.exists()
    assert http.get(begun["status_url"]).json()["code"] == "job_not_found"


@pytest.mark.parametrize("path", ["/analyses/none", "/analyses/00000000-0000-0000-0000-000000000000"])
def test_what_is_no_analysis_is_not_found(http: httpx2.Client, path: str) -> None:
    assert http.get(path).json()["code"] == "job_not_found"
    assert http.delete(path).json()["code"] == "job_not_found"
