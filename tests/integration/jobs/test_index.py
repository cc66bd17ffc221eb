"""Whole folders are enrolled, embedded anew under another model, and measured, each as a job."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import Lfw
from tests.integration.jobs.conftest import Bucket, Serve

PACK, OTHER_PACK = "scrfd_mobilefacenet", "buffalo_sc_int8"
PEOPLE = ("Venus_Williams", "Kofi_Annan", "Serena_Williams")


def test_a_folder_is_enrolled_with_what_cannot_be_enrolled_as_dead_letters(
    serve: Serve, bucket: Bucket, lfw: Lfw, images: Path
) -> None:
    for person in PEOPLE:
        for number in (2, 3):
            bucket.put(f"staff/{person}/{number}.jpg", lfw.photo(person, number))
    bucket.put("staff/Venus_Williams/copy.jpg", lfw.photo("Venus_Williams", 2))
    bucket.put("staff/crowd/1.jpg", (images / "groups/friends_6faces.jpg").read_bytes())
    bucket.put("staff/torn/1.jpg", b"no picture")
    bucket.put("staff/nobody/1.heic", (images / "hard/pug.heic").read_bytes())
    bucket.put("staff/loose.jpg", lfw.photo("Kofi_Annan", 1))
    bucket.put("staff/list.pdf", b"%PDF")

    with serve(PACK) as client:
        asked = {"source": "s3://people/staff/", "collection": "staff", "member_id_from": "folder"}
        job_id = client.begin("/index", name="No. {member_id}", **asked)
        job = client.ended(job_id)
        dead = client.dead(job_id)
        answer = client.identify(lfw.photo("Venus_Williams", 1), "staff")
        members = client.http.get("/members", params={"collection": "staff"}).json()["members"]
        again = client.ended(client.begin("/index", **asked))
        faces = client.http.get("/collections/staff").json()["counts"]["faces"]

        bucket.put("staff/torn/1.jpg", lfw.photo("Yao_Ming", 1))
        assert client.http.post(f"/jobs/{job_id}/retry").status_code == 202
        retried = client.ended(job_id)
        assert client.identify(lfw.photo("Yao_Ming", 2), "staff")["best_member_id"] == "torn"

    assert (job["status"], job["kind"], job["subject"]) == ("done", "index", "staff")
    assert (job["progress"], job["skipped"]) == ({"total": 11, "done": 7, "failed": 4}, 1)
    assert dead == {
        "staff/crowd/1.jpg": "multiple_faces",
        "staff/torn/1.jpg": "image_unreadable",
        "staff/nobody/1.heic": "no_face",
        "staff/loose.jpg": "member_id_unknown",
    }
    assert (answer["best_member_id"], answer["best_name"]) == ("Venus_Williams", "No. Venus_Williams")
    assert {member["member_id"]: member["faces"] for member in members} == dict.fromkeys(PEOPLE, 2)
    assert (again["progress"], faces) == (job["progress"], 6)
    assert retried["progress"] == {"total": 11, "done": 8, "failed": 3}


def test_a_bucket_that_is_not_there_fails_the_job_and_it_can_be_begun_again(serve: Serve, bucket: Bucket) -> None:
    with serve(PACK) as client:
        job_id = client.begin("/index", source="s3://nowhere/staff/")
        failed = client.ended(job_id)
        client.http.post(f"/jobs/{job_id}/retry")
        again = client.ended(job_id)

    assert (failed["status"], failed["error"]["code"]) == ("failed", "source_not_found")
    assert (again["status"], again["attempts"]) == ("failed", 1)


def test_a_collection_is_brought_to_another_model(serve: Serve, bucket: Bucket, lfw: Lfw) -> None:
    for person in PEOPLE:
        bucket.put(f"club/{person}.jpg", lfw.photo(person, 2))
    asked = {"mode": "reindex", "collection": "club"}
    with serve(PACK) as client:
        client.ended(client.begin("/index", source="s3://people/club/", collection="club"))
        client.http.post(
            "/enroll", params={"collection": "club", "member_id": "uploaded"}, content=lfw.photo("Yao_Ming", 1)
        )
        nothing = client.ended(client.begin("/index", **asked))

    with serve(OTHER_PACK) as client:
        before = client.identify(lfw.photo("Venus_Williams", 1), "club")
        job_id = client.begin("/index", **asked)
        job = client.ended(job_id)
        dead = list(client.dead(job_id).values())
        between = client.identify(lfw.photo("Venus_Williams", 1), "club")
        partial = client.ended(client.begin("/index", **asked, allow_partial=True))
        after = {person: client.identify(lfw.photo(person, 1), "club")["best_member_id"] for person in PEOPLE}
        collection = client.http.get("/collections/club").json()

    with serve(PACK) as client:
        back = client.identify(lfw.photo("Venus_Williams", 1), "club")

    assert (nothing["progress"]["total"], nothing["result"]) == (0, {"model": PACK, "switched": False})
    assert (before["status_code"], before["code"]) == (409, "model_mismatch")
    assert (job["progress"], job["result"]) == (
        {"total": 4, "done": 3, "failed": 1},
        {"model": OTHER_PACK, "switched": False},
    )
    assert dead == ["source_not_kept"]
    assert between["code"] == "model_mismatch"
    assert (partial["progress"]["total"], partial["result"]["switched"]) == (1, True)
    assert after == {person: person for person in PEOPLE}
    assert (collection["model"], collection["counts"]["faces"]) == (OTHER_PACK, 3)
    assert back["code"] == "model_mismatch"


def test_a_picture_that_was_exchanged_is_not_taken_for_the_one_that_was_enrolled(
    serve: Serve, bucket: Bucket, lfw: Lfw
) -> None:
    bucket.put("swap/ana.jpg", lfw.photo("Venus_Williams", 2))
    with serve(PACK) as client:
        client.ended(client.begin("/index", source="s3://people/swap/", collection="swap"))
    bucket.put("swap/ana.jpg", lfw.photo("Kofi_Annan", 1))

    with serve(OTHER_PACK) as client:
        job_id = client.begin("/index", mode="reindex", collection="swap")
        client.ended(job_id)

        assert list(client.dead(job_id).values()) == ["source_changed"]


def test_labelled_photos_are_measured(serve: Serve, bucket: Bucket, lfw: Lfw) -> None:
    for number, person in enumerate(lfw.people(photos=2)[:60]):
        for photo in (1, 2):
            bucket.put(f"lfw/{'even' if number % 2 == 0 else 'odd'}/{person}/{photo}.jpg", lfw.photo(person, photo))
    bucket.put("lfw/odd/torn/1.jpg", b"no picture")

    with serve(PACK) as client:
        job_id = client.begin("/evaluate", source="s3://people/lfw/")
        early = client.http.get(f"/evaluations/{job_id}")
        job = client.ended(job_id)
        found = client.http.get(f"/evaluations/{job_id}").json()
        plots = {name: client.http.get(url) for name, url in found["plot_urls"].items()}
        page = client.http.get(found["report_url"])
        too_few = client.ended(client.begin("/evaluate", source="s3://people/lfw/even/Aaron_Peirsol/1"))

    report = found["report"]
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    assert (job["status"], job["progress"]) == ("done", {"total": 121, "done": 120, "failed": 1})
    assert set(job["result"]) == {"report"}
    assert (report["people"], report["photos"], report["skipped"]) == (60, 120, {"image_unreadable": 1})
    assert report["identification"]["rank1"]["value"] > 0.9
    assert {group["group"]: group["people"] for group in report["groups"]} == {"even": 30, "odd": 30}
    assert report["roc"] == sorted(report["roc"])
    assert report["roc"][-1][1] == 1
    assert set(plots) == {"roc", "similarities", "search"}
    assert all(plot.headers["content-type"] == "image/svg+xml" for plot in plots.values())
    assert all(ET.fromstring(plot.text).findall(".//{*}polyline") for plot in plots.values())
    assert page.headers["content-type"].startswith("text/html")
    assert f"<h1>{PACK}</h1>" in page.text
    assert (too_few["status"], too_few["error"]["code"]) == ("failed", "invalid_request")


def test_more_photos_than_are_allowed_are_not_measured(
    serve: Serve, bucket: Bucket, lfw: Lfw, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        bucket.put(f"few/ana/{number}.jpg", lfw.photo("Venus_Williams", number))
    monkeypatch.setenv("WORKER_EVALUATE_PHOTOS", "2")

    with serve(PACK) as client:
        job = client.ended(client.begin("/evaluate", source="s3://people/few/"))

    assert (job["status"], job["error"]["code"]) == ("failed", "invalid_request")
    assert "WORKER_EVALUATE_PHOTOS" in job["error"]["detail"]


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/index", {}, (422, "invalid_request", "body")),
        ("/index", {"source": "people/staff"}, (422, "invalid_request", "source")),
        ("/index", {"source": "local://uploads/"}, (422, "invalid_request", "source")),
        ("/index", {"source": "s3://people/", "member_id_from": "(a+)+$"}, (422, "invalid_request", "member_id_from")),
        ("/index", {"source": "s3://people/", "mode": "reindex"}, (422, "invalid_request", "body")),
        ("/index", {"mode": "reindex", "collection": "nowhere"}, (404, "collection_not_found", None)),
        ("/evaluate", {}, (422, "invalid_request", "source")),
    ],
)
def test_what_cannot_be_begun_is_refused_at_once(
    serve: Serve, path: str, body: dict[str, str], refusal: tuple[int, str, str | None]
) -> None:
    with serve(PACK) as client:
        answer = client.http.post(path, json=body)

    told = answer.json()
    assert (answer.status_code, told["code"], *([error["field"] for error in told["errors"]] or [None])) == refusal
