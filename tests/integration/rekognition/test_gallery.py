"""A gallery whose faces AWS keeps: asked once for each face, and never again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from tests.conftest import Lfw
from tests.integration.amazon import BUCKET, Second

GALLERY = "/galleries/g"
LARGEST = {"face_selection": "largest"}
PHOTOS = {
    "venus_2.jpg": ("Venus_Williams", 2),
    "venus_3.jpg": ("Venus_Williams", 3),
    "tiger_1.jpg": ("Tiger_Woods", 1),
    "tiger_2.jpg": ("Tiger_Woods", 2),
    "pete_1.jpg": ("Pete_Sampras", 1),
}


@pytest.fixture
def environment(
    second: Second, model_root: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = second.environment | {
        "FACE_PROCESSING_BACKEND": "aws_rekognition",
        "FACE_MODEL_ROOT": str(model_root),
        "FACE_MODEL_PACK": "scrfd_mobilefacenet",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "S3_ENDPOINT_URL": second.s3.url,
        "S3_ACCESS_KEY_ID": "testing",
        "S3_SECRET_ACCESS_KEY": "testing",
        "ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "WORKER_IN_PROCESS": "true",
        "WORKER_CONCURRENCY": "2",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def http(environment: None, second: Second, lfw: Lfw) -> Iterator[TestClient]:
    for key, photo in PHOTOS.items():
        second.s3.s3.put_object(Bucket=BUCKET, Key=f"event/{key}", Body=lfw.photo(*photo))
    with TestClient(create_app(Settings())) as http:
        ok(http.put(GALLERY, json={"source": f"s3://{BUCKET}/event/"}))
        yield http


def ok(answer: Any) -> dict[str, Any]:
    assert answer.is_success, answer.text
    return dict(answer.json()) if answer.content else {}


def enrol(http: TestClient, client: str, photo: bytes) -> dict[str, Any]:
    return ok(http.post(f"{GALLERY}/clients/{client}/enroll-face", files={"file": photo}, data=LARGEST))


def photos_of(http: TestClient, client: str) -> set[str]:
    return {photo["key"] for photo in ok(http.get(f"{GALLERY}/clients/{client}/photos"))["photos"]}


def calls(http: TestClient) -> dict[str, int]:
    return dict(ok(http.get("/ops/status"))["rekognition"]["calls"])


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def process(http: TestClient) -> None:
    job_id = ok(http.post(f"{GALLERY}/process-faces", json={}))["job_id"]
    until(lambda: ok(http.get(f"/jobs/{job_id}"))["status"] == "done")


def test_clients_early_and_late_find_their_photos(http: TestClient, second: Second, lfw: Lfw) -> None:
    enrol(http, "venus", lfw.photo("Venus_Williams", 1))
    process(http)
    early = photos_of(http, "venus")
    before = calls(http)

    enrol(http, "pete", lfw.photo("Pete_Sampras", 2))
    after = calls(http)

    assert early == {"event/venus_2.jpg", "event/venus_3.jpg"}
    assert photos_of(http, "pete") == {"event/pete_1.jpg"}
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)} == {
        "detect_faces": 1,
        "index_faces": 1,
        "search_faces": 1,
    }
    process(http)
    assert calls(http) == after


def test_faces_nobody_knows_are_grouped_named_and_forgotten(http: TestClient, second: Second, lfw: Lfw) -> None:
    enrol(http, "venus", lfw.photo("Venus_Williams", 1))
    process(http)
    before = calls(http)
    [group] = ok(http.get(f"{GALLERY}/unknown"))["groups"]

    named = ok(http.post(f"{GALLERY}/unknown/{group['group_id']}/name", json={"client_id": "tiger"}))

    assert photos_of(http, "tiger") == {"event/tiger_1.jpg", "event/tiger_2.jpg"}
    assert named["enrolled"] == 2
    assert calls(http) == before

    ok(http.delete(f"{GALLERY}/clients/tiger"))
    assert [one["faces"] for one in ok(http.get(f"{GALLERY}/unknown"))["groups"]] == [2]
    ok(http.delete(GALLERY))
    prefix = f"{_prefix()}."
    until(lambda: not [n for n in second.client.list_collections()["CollectionIds"] if n.startswith(prefix)])


def test_whoever_is_erased_is_gone_at_aws_when_it_is_said(http: TestClient, second: Second, lfw: Lfw) -> None:
    enrol(http, "venus", lfw.photo("Venus_Williams", 1))
    process(http)
    [group] = ok(http.get(f"{GALLERY}/unknown"))["groups"]
    ok(http.post(f"{GALLERY}/unknown/{group['group_id']}/name", json={"client_id": "tiger"}))
    before = faces_of(second)

    erasure = ok(http.post("/members/tiger/erasure", params={"collection": "gallery.g"}))

    assert (erasure["erased"]["aws_faces"], erasure["erased"]["aws_faces_left"]) == (2, 0)
    assert len(before) == len(PHOTOS) + 1
    assert len(faces_of(second)) == len(before) - 2
    assert photos_of(http, "venus") == {"event/venus_2.jpg", "event/venus_3.jpg"}


def faces_of(second: Second) -> set[str]:
    """What AWS keeps of the gallery."""
    [name] = [name for name in second.client.list_collections()["CollectionIds"] if name.startswith(f"{_prefix()}.")]
    return {face["FaceId"] for face in second.client.list_faces(CollectionId=name)["Faces"]}


def _prefix() -> str:
    return Settings().aws.rekognition_collection_prefix
