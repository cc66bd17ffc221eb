"""A photographer's gallery as its users have it: real photos in a real S3, found over HTTP."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from bench.photos import People
from bench.service import Service
from bench.storage import BUCKET, Faults, faulty, photos_in_s3, settings_for

VENUS, PETE, GROUP = "Venus_Williams", "Pete_Sampras", "Serena_Williams"
PATIENCE_SECONDS = 90


@pytest.fixture(scope="module")
def photos(everybody: People) -> dict[str, bytes]:
    """What lies in the bucket, by its key in the gallery."""
    pictures = {f"venus_{n}.jpg": everybody[VENUS][n]() for n in (1, 2, 3)}
    pictures |= {f"sub folder/pete {n}.jpg": everybody[PETE][n]() for n in (1, 2)}
    strangers = sorted(set(everybody) - {VENUS, PETE, GROUP})[:4]
    return pictures | {f"stranger_{n}.jpg": everybody[name][0]() for n, name in enumerate(strangers)}


@pytest.fixture(scope="module")
def faults() -> Faults:
    return Faults()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, photos: dict[str, bytes], faults: Faults) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("galleries")
    there = {f"event/{key}": content for key, content in photos.items()}
    there |= {"event/notes.txt": b"no photo", "event/.hidden.jpg": b"x", "broken/bad.jpg": b"this is no picture"}
    there |= {f"broken/{key}": content for key, content in photos.items() if key.startswith("venus")}
    with photos_in_s3(folder / "s3", there) as storage, faulty(storage, faults) as door:
        quick = {"WORKER_RETRY_SECONDS": "0.05", "FETCH_FIRST_BYTE_SECONDS": "1", "WORKER_ATTEMPTS": "2"}
        service = Service(folder, {**settings_for(door), **quick}).start()
        yield service
        service.stop()


class Gallery:
    """A gallery of the test's own."""

    def __init__(self, http: httpx2.Client, prefix: str = "event/", **fields: Any) -> None:
        self.http, self.path = http, f"/galleries/test-{uuid4().hex[:8]}"
        self.ok(http.put(self.path, json={"source": f"s3://{BUCKET}/{prefix}", "name": "Event", **fields}))

    def ok(self, answer: httpx2.Response, status: int = 0) -> dict[str, Any]:
        assert answer.status_code == status if status else answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def enroll(self, client_id: str, photo: bytes, **fields: str) -> dict[str, Any]:
        path = f"{self.path}/clients/{client_id}/enroll-face"
        return self.ok(self.http.post(path, data=fields, files={"file": ("a.jpg", photo)}), 201)

    def process(self, **options: bool) -> dict[str, Any]:
        self.ok(self.http.post(f"{self.path}/process-faces", json=options), 202)
        return self.wait()

    def wait(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := self.get("/face-process-status"))["status"] not in ("done", "failed"):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found

    def get(self, path: str = "", **query: Any) -> dict[str, Any]:
        return self.ok(self.http.get(self.path + path, params=query))

    def photos_of(self, client_id: str, **query: Any) -> list[str]:
        return [photo["key"] for photo in self.get(f"/clients/{client_id}/photos", **query)["photos"]]


def test_every_client_finds_their_photos_and_nobody_else_s(
    http: httpx2.Client, everybody: People, photos: dict[str, bytes]
) -> None:
    gallery = Gallery(http)
    gallery.enroll("1", everybody[VENUS][0](), name="Venus")
    gallery.enroll("2", everybody[PETE][0]())

    done = gallery.process()

    assert (done["total"], done["done"], done["error"], done["percent"]) == (len(photos), len(photos), 0, 100.0)
    assert sorted(gallery.photos_of("1")) == [f"event/venus_{n}.jpg" for n in (1, 2, 3)]
    assert sorted(gallery.photos_of("2")) == [f"event/sub folder/pete {n}.jpg" for n in (1, 2)]
    clients = gallery.get("/clients")["clients"]
    assert [(c["client_id"], c["name"], c["faces"], c["photos"]) for c in clients] == [
        ("1", "Venus", 1, 3),
        ("2", "", 1, 2),
    ]


def test_a_client_who_comes_later_is_answered_with_their_photos_at_once(http: httpx2.Client, everybody: People) -> None:
    gallery = Gallery(http)
    gallery.process()

    enrolled = gallery.enroll("1", everybody[VENUS][0]())

    assert enrolled["photo_count"] == 3
    assert {photo["key"] for photo in enrolled["photos"]} == {f"event/venus_{n}.jpg" for n in (1, 2, 3)}


def test_a_client_may_be_enrolled_from_a_photo_of_the_gallery(http: httpx2.Client) -> None:
    gallery = Gallery(http)
    gallery.process()

    path = f"{gallery.path}/clients/1/enroll-face"
    gallery.ok(http.post(path, json={"reference_key": "venus_1.jpg"}), 201)
    whole = http.post(path, json={"reference_key": "event/venus_2.jpg", "image_url": "http://127.0.0.1/a.jpg"})

    assert set(gallery.photos_of("1")) >= {"event/venus_1.jpg", "event/venus_3.jpg"}
    assert (whole.status_code, whole.json()["code"]) == (422, "image_ambiguous")


def test_what_is_done_is_not_done_again(http: httpx2.Client, photos: dict[str, bytes]) -> None:
    gallery = Gallery(http)
    first = gallery.get("/face-process-status")
    plan = gallery.ok(http.post(f"{gallery.path}/process-faces", json={"dry_run": True}), 200)
    gallery.process()

    again = gallery.process()
    planned = gallery.ok(http.post(f"{gallery.path}/process-faces", json={"dry_run": True}), 200)

    assert (first["status"], first["total"]) == ("idle", 0)
    assert (plan["listed"], plan["to_process"], plan["ignored"]) == (len(photos) + 2, len(photos), 2)
    assert again["cached"] == planned["cached"] == len(photos)
    assert planned["to_process"] == 0
    [last, _] = [job for job in http.get("/jobs").json()["jobs"] if job["subject"] == gallery.path.split("/")[-1]]
    assert (last["status"], last["skipped"], last["progress"]["total"]) == ("done", len(photos), 0)


def test_what_failed_is_a_dead_letter_until_it_is_tried_again(
    http: httpx2.Client, everybody: People, faults: Faults
) -> None:
    gallery = Gallery(http, "broken/")
    gallery.enroll("1", everybody[VENUS][0]())
    faults.fail = 1.0
    done = gallery.process()
    assert done["error"] == 4
    codes = {photo["error"]["code"] for photo in gallery.get("/failures")["photos"]}
    assert codes == {"source_unavailable"}

    faults.fail = 0.0
    assert gallery.ok(http.post(f"{gallery.path}/failures/retry", json={}), 202)["retried"] == 4
    done = gallery.wait()

    [bad] = gallery.get("/failures")["photos"]
    assert (bad["key"], bad["error"]["code"], bad["attempts"]) == ("broken/bad.jpg", "image_unreadable", 1)
    assert (done["done"], done["error"]) == (3, 1)
    assert len(gallery.photos_of("1")) == 3


def test_a_person_knows_better(http: httpx2.Client, everybody: People) -> None:
    gallery = Gallery(http)
    gallery.enroll("1", everybody[VENUS][0]())
    gallery.process()
    photo = gallery.get("/clients/1/photos")["photos"][0]
    face = f"{gallery.path}/photos/{photo['photo_id']}/faces/{photo['face_id']}"

    [rejected] = gallery.ok(http.post(f"{face}/reject", json={"client_id": "1"}))["faces"]
    assert rejected["client_id"] == ""
    gallery.process(force=True)
    assert photo["key"] not in gallery.photos_of("1")

    [found] = gallery.get(f"/photos/{photo['photo_id']}")["faces"]
    again = f"{gallery.path}/photos/{photo['photo_id']}/faces/{found['face_id']}/unreject"
    [taken_back] = gallery.ok(http.post(again, json={"client_id": "1"}))["faces"]
    assert (taken_back["client_id"], taken_back["decision"]) == ("1", "match")


def test_a_gallery_is_forgotten_with_its_clients(http: httpx2.Client, everybody: People) -> None:
    gallery = Gallery(http)
    gallery.enroll("1", everybody[VENUS][0]())
    gallery.process()

    assert http.delete(gallery.path).status_code == 204

    assert http.get(gallery.path).json()["code"] == "gallery_not_found"
    assert http.get("/members", params={"collection": f"gallery.{gallery.path.split('/')[-1]}"}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "/galleries/x", {"source": "ftp://a/b"}, 422, "invalid_request"),
        ("PUT", "/galleries/x", {"source": "local://uploads/"}, 422, "invalid_request"),
        ("PUT", "/galleries/x", {}, 422, "invalid_request"),
        ("PUT", "/galleries/a%20b", {"source": "s3://a/b"}, 422, "invalid_request"),
        ("GET", "/galleries/none", None, 404, "gallery_not_found"),
        ("DELETE", "/galleries/none", None, 404, "gallery_not_found"),
        ("POST", "/galleries/none/process-faces", {}, 404, "gallery_not_found"),
        ("POST", "/galleries/none/clients/1/enroll-face", {"image_base64": "AAAA"}, 404, "gallery_not_found"),
        ("GET", "/galleries/none/face-process-status", None, 404, "gallery_not_found"),
        ("POST", "/galleries/none/failures/retry", {}, 404, "gallery_not_found"),
        ("GET", "/jobs/none", None, 404, "job_not_found"),
        ("POST", "/jobs/none/cancel", None, 404, "job_not_found"),
        ("GET", "/jobs?status=odd", None, 422, "invalid_request"),
    ],
)
def test_bad_requests_are_told_apart(
    http: httpx2.Client, method: str, path: str, body: dict[str, Any] | None, *, status: int, code: str
) -> None:
    answer = http.request(method, path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_source_that_cannot_be_read_fails_the_job_with_its_reason(http: httpx2.Client) -> None:
    gallery = Gallery(http)
    http.put(gallery.path, json={"source": "s3://no-such-bucket/"})

    done = gallery.process()

    job = http.get(f"/jobs/{done['job_id']}").json()
    assert (done["status"], job["status"], job["error"]["code"]) == ("failed", "failed", "source_not_found")
    http.put(gallery.path, json={"source": f"s3://{BUCKET}/event/"})
    assert http.post(f"/jobs/{done['job_id']}/retry").status_code == 202
    assert gallery.wait()["status"] == "done"
    assert http.post(f"/jobs/{done['job_id']}/cancel").json()["code"] == "conflict"
