"""Both backends in one service: a collection has its own, may change it, and a shadow is asked too."""

import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from bench.service import ROOT, Service
from tests.conftest import Lfw
from tests.integration.amazon import BUCKET, Second

VENUS, PETE = "Venus_Williams", "Pete_Sampras"


@pytest.fixture(scope="module")
def both(second: Second, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = second.environment | {
        "FACE_PROCESSING_BACKEND": "insightface",
        "FACE_SHADOW_BACKEND": "aws_rekognition",
        "S3_ENDPOINT_URL": second.s3.url,
        "S3_ACCESS_KEY_ID": "testing",
        "S3_SECRET_ACCESS_KEY": "testing",
    }
    service = Service(tmp_path_factory.mktemp("both"), settings).start()
    yield service
    service.stop()


@pytest.fixture
def http(both: Service) -> Iterator[httpx2.Client]:
    with both.client() as client:
        yield client


def ok(answer: httpx2.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def ask(http: httpx2.Client, path: str, image: bytes, **fields: str) -> dict[str, Any]:
    return ok(http.post(path, data=fields, files={"file": image}), 201 if path == "/enroll" else 200)


def test_a_collection_has_the_backend_that_it_was_given(http: httpx2.Client, lfw: Lfw) -> None:
    name = f"aws-{uuid4()}"
    made = ok(http.put(f"/collections/{name}", json={"backend": "aws_rekognition"}))

    enrolled = ask(http, "/enroll", lfw.photo(VENUS, 1), member_id="1", name="Venus", collection=name)
    found = ask(http, "/identify", lfw.photo(VENUS, 2), collection=name)
    verified = ask(http, "/verify", lfw.photo(PETE, 1), member_id="1", collection=name)
    status = ok(http.get("/ops/status"))

    assert (made["backend"], made["model"]) == ("aws_rekognition", "")
    assert enrolled["model"] == found["model"] == verified["model"] == "rekognition"
    assert (found["best_member_id"], found["decision"], verified["decision"]) == ("1", "match", "no_match")
    assert found["matches"][0]["raw_similarity"] > 80 > verified["raw_similarity"]
    assert status["backend"] == "insightface"
    assert status["rekognition"]["calls"]["search_faces_by_image"] == 2
    assert status["rekognition"]["trouble"] == ""


def test_collections_that_say_nothing_have_the_service_s_own(http: httpx2.Client, lfw: Lfw) -> None:
    name = f"own-{uuid4()}"

    enrolled = ask(http, "/enroll", lfw.photo(VENUS, 1), member_id="1", collection=name)
    found = ask(http, "/identify", lfw.photo(VENUS, 2), collection=name)

    assert ok(http.get(f"/collections/{name}"))["backend"] == ""
    assert enrolled["model"] == found["model"] != "rekognition"
    assert found["matches"][0]["raw_similarity"] == found["matches"][0]["similarity"]


def test_the_shadow_s_answers_are_counted(http: httpx2.Client, lfw: Lfw) -> None:
    name = f"shadowed-{uuid4()}"
    before = _shadow(http)
    ask(http, "/enroll", lfw.photo(VENUS, 1), member_id="1", collection=name)
    ask(http, "/identify", lfw.photo(VENUS, 2), collection=name)

    after = _until(http, before, "identify")

    assert after["enrol"]["agree"] == before.get("enrol", {}).get("agree", 0) + 1
    assert "face_shadow_answers_total" in http.get("/metrics").text


def test_a_collection_moves_to_the_other_backend(http: httpx2.Client, second: Second, lfw: Lfw) -> None:
    name = f"moves-{uuid4()}"
    for person, member_id in ((VENUS, "1"), (PETE, "2")):
        second.s3.s3.put_object(Bucket=BUCKET, Key=f"{person}.jpg", Body=lfw.photo(person, 1))
        given = {"member_id": member_id, "storage_key": f"s3://{BUCKET}/{person}.jpg", "collection": name}
        ok(http.post("/enroll", json=given), 201)

    ok(http.put(f"/collections/{name}", json={"backend": "aws_rekognition"}))
    meanwhile = ask(http, "/identify", lfw.photo(VENUS, 2), collection=name)
    job = ok(http.post("/index", json={"mode": "reindex", "collection": name}), 202)
    _done(http, job["job_id"])
    moved = ask(http, "/identify", lfw.photo(VENUS, 2), collection=name)

    assert meanwhile["model"] != moved["model"] == "rekognition"
    assert meanwhile["best_member_id"] == moved["best_member_id"] == "1"
    assert ok(http.get(f"/collections/{name}"))["counts"] == {"members": 2, "faces": 2}


def test_images_are_processed_alike_by_both(http: httpx2.Client, lfw: Lfw) -> None:
    names = {backend: f"{backend}-{uuid4()}" for backend in ("insightface", "aws_rekognition")}
    known, other, stranger = lfw.photo(VENUS, 2), lfw.photo(PETE, 1), lfw.photo("Tiger_Woods", 1)
    images = [{"image_base64": b64encode(photo).decode()} for photo in (known, other, stranger)]

    def process(backend: str) -> list[dict[str, Any]]:
        ok(http.put(f"/collections/{names[backend]}", json={"kind": "blacklist", "backend": backend}))
        where, photo = {"collection": names[backend]}, b64encode(lfw.photo(VENUS, 1)).decode()
        watched = {"id": "venus", "name": "Venus", "images": [{"image_base64": photo}]}
        ok(http.post("/blacklist", params=where, json=watched), 201)
        return [one["image"] for one in ok(http.post("/process-images", json={**where, "images": images}))["results"]]

    ours, theirs = process("insightface"), process("aws_rekognition")

    [[own], [aws]] = [[match for image in answers for match in image["matches"]] for answers in (ours, theirs)]
    assert [image["matched"] for image in ours] == [image["matched"] for image in theirs] == [True, False, False]
    assert aws.keys() == own.keys()
    assert (aws["identity"], aws["name"], aws["threshold"], aws["decision"]) == ("venus", "Venus", 0.35, "match")
    assert aws["similarity"] == pytest.approx(own["similarity"], abs=0.05)
    assert aws["distance"] == pytest.approx(1 - aws["similarity"], abs=1e-5)
    assert aws["box"] == pytest.approx(own["box"], abs=0.02)
    assert (ours[0]["model"] != theirs[0]["model"]) == (theirs[0]["model"] == "rekognition")


def test_what_aws_does_not_offer_is_said(http: httpx2.Client, lfw: Lfw) -> None:
    name = f"indexless-{uuid4()}"
    ok(http.put(f"/collections/{name}", json={"backend": "aws_rekognition"}))
    ask(http, "/enroll", lfw.photo(VENUS, 1), member_id="1", collection=name)

    answer = http.post("/search/faiss", data={"collection": name}, files={"file": lfw.photo(VENUS, 2)})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_offered")


def test_a_tenant_that_is_deleted_is_deleted_there(
    both: Service, http: httpx2.Client, second: Second, lfw: Lfw
) -> None:
    tenant = f"t{uuid4().hex[:8]}"
    ok(http.put(f"/tenants/{tenant}", json={"name": "Acme"}))
    theirs = {"X-Tenant": tenant}
    ok(http.put("/collections/staff", json={"backend": "aws_rekognition"}, headers=theirs))
    form = {"member_id": "1", "collection": "staff"}
    ok(http.post("/enroll", data=form, files={"file": lfw.photo(VENUS, 1)}, headers=theirs), 201)
    prefix = f"{both.environment['AWS_REKOGNITION_COLLECTION_PREFIX']}.{tenant}."

    def there() -> list[str]:
        return [name for name in second.client.list_collections()["CollectionIds"] if name.startswith(prefix)]

    assert len(there()) == 1
    assert http.delete(f"/tenants/{tenant}").status_code == 204

    deadline = time.monotonic() + 20
    while there():
        assert time.monotonic() < deadline, there()
        time.sleep(0.1)


def test_the_command_line_finds_nothing_to_mend(both: Service, http: httpx2.Client, lfw: Lfw) -> None:
    name = f"synced-{uuid4()}"
    ok(http.put(f"/collections/{name}", json={"backend": "aws_rekognition"}))
    ask(http, "/enroll", lfw.photo(VENUS, 1), member_id="1", collection=name)
    url = {"DATABASE_URL": _database(both)}

    told = _sync(both.environment | url)

    assert f"default/{name}" in told.stdout
    assert "1 faces, as here" in told.stdout
    assert told.returncode == 0, told.stdout + told.stderr


def test_without_settings_aws_is_not_to_be_had(second: Second) -> None:
    unset = {"AWS_REKOGNITION_COLLECTION_PREFIX": "", "DATABASE_URL": "postgresql://127.0.0.1:1/none"}

    told = _sync(os.environ | second.environment | unset)

    assert (told.returncode, told.stdout) == (1, "")
    assert "AWS_REKOGNITION_COLLECTION_PREFIX is unset" in told.stderr


def _sync(environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app", "rekognition", "sync"]
    return subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False)


def _database(service: Service) -> str:
    """The address of its embedded database."""
    [pid] = (service.log.parent / "data").rglob("postmaster.pid")
    lines = pid.read_text().splitlines()
    return f"postgresql://postgres@/face?host={lines[4]}&port={lines[3]}"


def _shadow(http: httpx2.Client) -> dict[str, Any]:
    answers: dict[str, Any] = ok(http.get("/ops/status"))["shadow"]["answers"]
    return answers


def _until(http: httpx2.Client, before: dict[str, Any], question: str) -> dict[str, Any]:
    """The counts once one more such question was compared, and agreed on."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        now = _shadow(http)
        if now.get(question, {}).get("agree", 0) > before.get(question, {}).get("agree", 0):
            return now
        time.sleep(0.1)
    pytest.fail(f"the shadow never agreed: {_shadow(http)}")


def _done(http: httpx2.Client, job_id: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = ok(http.get(f"/jobs/{job_id}"))
        if job["status"] in ("done", "failed"):
            assert job["status"] == "done", job
            return
        time.sleep(0.1)
    pytest.fail("the job never ended")
