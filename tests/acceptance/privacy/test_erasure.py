"""Somebody is planted everywhere, exported, erased, and looked for in everything that is kept."""

import json
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.acceptance.privacy import searched
from tests.acceptance.privacy.conftest import SETTINGS, World
from tests.acceptance.privacy.planted import CLIENTS, IDS, LIST, MARK, OTHER, PEOPLE, PHOTOS, WHO, quoted

SAYS_NOTHING = {
    "face.schema_migration": "names of migrations",
    "face.tenant": "of the operator's customers",
    "face.api_key": "of programs",
    "face.access_key": "of programs",
    "face.upload_use": "random ids of tokens",
    "face.model": "of models",
    "face.collection": "names that the caller gave to collections",
    "face.calibration": "rates of a whole collection",
    "face.gallery": "of photographers' events",
    "face.photo": "the photographer's own pictures",
    "face.processing_cache": "which of them were read",
    "face.dismissal": "places in photos where somebody is whom nobody named",
    "face.group_run": "when the unknown were grouped",
    "face.webhook": "of programs",
    "face.bucket": "what programs have left of their allowance",
    "face.delivery": "how telling of an event went; what it tells is the event's",
    "face.remote_collection": "names that AWS was told of collections",
    "face.doomed_face": "AWS's random ids, until it has deleted them",
    "face.likeness": "likewise, for as long as the photos' faces are kept",
    "face.alert": "of storages and queues",
    "face.erasure": "a keyed hash",
    "face.audit": "keyed hashes, and ids of programs and jobs",
    "face.audit_book": "numbers and hashes of lines",
    "face.audit_key": "a sealed key",
    "face_queue.procrastinate_jobs": "random ids of deliveries, photos and jobs",
    "face_queue.procrastinate_events": "of tasks",
    "face_queue.procrastinate_periodic_defers": "of chores",
    "face_queue.procrastinate_workers": "of processes",
    "face_queue.procrastinate_version": "of the queue itself",
}
"""Tables in which nobody is, and what is. One that is neither here nor found to hold the planted one fails the test."""


def erase(world: World, collection: str) -> dict[str, Any]:
    """With a key under which the answer, and the path with her id, would be kept."""
    path, once = f"/members/{quoted(IDS[collection])}/erasure", {"Idempotency-Key": f"erase {MARK}"}
    return world.planted.post(path, params={"collection": collection}, headers=once)


@pytest.fixture(scope="module")
def erased(world: World) -> dict[str, Any]:
    """What was there before, what was answered, and what is there now."""
    traces = world.traces()
    before = searched.in_tables(world.url, traces)
    exports = {name: world.planted.get(f"/members/{quoted(who)}/export", collection=name) for name, who in IDS.items()}
    answers = {name: erase(world, name) for name in IDS}
    return {"traces": traces, "before": before, "exports": exports, "answers": answers}


def test_every_table_is_known_to_hold_people_or_not_to(world: World, erased: dict[str, Any]) -> None:
    unknown = set(searched.tables(world.url)) - set(SAYS_NOTHING) - erased["before"]

    assert unknown == set()
    assert set(SAYS_NOTHING) & erased["before"] == set()


def test_nothing_is_left_of_them_in_any_table_dump_or_file(world: World, erased: dict[str, Any]) -> None:
    dump = searched.dump(world.url)

    assert searched.in_tables(world.url, erased["traces"]) == set()
    assert [trace for trace in erased["traces"] if trace in dump] == []
    assert searched.in_files(world.data, erased["traces"], world.planted.her) == set()
    assert len(erased["traces"]) > 15


def test_what_stays_is_the_others_and_in_order(world: World, erased: dict[str, Any]) -> None:
    get = world.planted.get
    [analysis] = get("/analyses", collection=PEOPLE)["analyses"]
    images = get("/processed-images/", collection=LIST)["images"]
    [his] = get(f"/galleries/event/clients/{OTHER}/photos")["photos"]
    photos = get("/galleries/event/photos")["photos"]
    jobs = get("/jobs", kind="index")["jobs"]

    assert [match["member_id"] for match in analysis["result"]["matches"]] == [OTHER]
    assert sum(len(face["matches"]) for face in analysis["result"]["faces"]) == 1
    assert [[match["identity"] for match in image["matches"]] for image in images] == [[OTHER], [OTHER]]
    assert sorted(image["faces_detected"] - len(image["faces"]) for image in images) == [0, 1]
    assert his["key"] == "event/his.jpg"
    assert len(photos) == len(PHOTOS) + 1
    assert [(job["status"], job["progress"]["total"]) for job in jobs] == [("done", 3)]
    assert {name: get(f"/members/{OTHER}", collection=name)["faces"] for name in IDS} == dict.fromkeys(IDS, 1) | {
        PEOPLE: 2
    }


@pytest.mark.own_engine  # AWS shows no embedding
def test_the_export_had_it_all(erased: dict[str, Any]) -> None:
    people, client, listed = (erased["exports"][name] for name in (PEOPLE, CLIENTS, LIST))

    assert (people["member"]["name"], people["member"]["metadata"]) == (f"Name {MARK}", {"phone": f"+55 {MARK}"})
    assert [face["source"] for face in people["faces"]] == [
        "upload",
        f"s3://photos/{MARK}.jpg",
        f"s3://photos/index/{WHO}/4.jpg",
    ]
    assert {len(face["embedding"]) for face in people["faces"]} == {128}
    assert [len(one["result"]["faces"]) for one in people["analyses"]] == [1, 1]
    assert {match["member_id"] for one in people["analyses"] for match in one["result"]["matches"]} == {WHO}
    assert {job["state"] for job in people["jobs"]} == {"done", "error"}
    assert [event["kind"] for event in people["events"]] == ["job.failed"]
    assert (len(client["photos"]), len(client["rejections"])) == (len(PHOTOS) - 1, 1)
    assert {len(photo["embedding"]) for photo in client["photos"]} == {128}
    assert {event["told"][0]["to"] for event in client["events"]} == {"http://127.0.0.1:1/crm"}
    assert listed["blacklist"][0]["reason"] == f"because {MARK}"
    assert len(listed["processed_images"]) == 2


def test_the_receipt_says_what_was_erased_and_anybody_can_check_it(world: World, erased: dict[str, Any]) -> None:
    answer = erased["answers"][PEOPLE]
    [key] = httpx2.get(f"{world.service.url}/.well-known/erasure-keys.json", trust_env=False).json()["keys"]

    claims = jwt.decode(answer["receipt"], jwt.PyJWK.from_dict(key), algorithms=["EdDSA"])

    assert jwt.get_unverified_header(answer["receipt"])["kid"] == key["kid"]
    assert claims["erased"] == answer["erased"]
    assert (claims["jti"], claims["erased_at"]) == (answer["erasure_id"], answer["erased_at"].replace("Z", "+00:00"))
    kinds = {kind: count for kind, count in answer["erased"].items() if count and kind != "aws_faces"}
    assert kinds == {
        "members": 1,
        "consents": 1,
        "faces": 3,
        "job_items": 2,
        "analyses": 1,
        "stored_pictures": 1,
        "analyses_redacted": 1,
        "events": 2,
        "deliveries": 2,
        "events_redacted": 1,
        "answers": 1,
    }
    assert MARK not in json.dumps(claims)


def test_erased_again_they_are_said_to_be_erased_already(world: World, erased: dict[str, Any]) -> None:
    for name, first in erased["answers"].items():
        again = erase(world, name)

        assert (first["already_erased"], again) == (False, {**first, "already_erased": True})


def test_whoever_was_never_there_is_not_found(world: World) -> None:
    answers = [world.http.post("/members/nobody/erasure"), world.http.get("/members/nobody/export")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "member_not_found")] * 2


def test_somebody_who_comes_back_can_be_erased_again(world: World, erased: dict[str, Any]) -> None:
    form = {"collection": PEOPLE, "member_id": WHO}
    world.planted.post("/enroll", data=form, files={"file": world.planted.her[0]})

    again = erase(world, PEOPLE)

    assert (again["already_erased"], again["erased"]["faces"]) == (False, 1)
    assert again["erasure_id"] != erased["answers"][PEOPLE]["erasure_id"]
    assert searched.in_tables(world.url, erased["traces"]) == set()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENCRYPTION_KEY", SETTINGS["ENCRYPTION_KEY"])


def verify(*words: str, given: str = "") -> Any:
    return CliRunner().invoke(app, ["receipt", "verify", *words], input=given)


@pytest.mark.usefixtures("settings")
def test_the_command_checks_a_receipt_and_whom_it_is_about(
    world: World, erased: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = erased["answers"][PEOPLE]
    file, keys = tmp_path / "receipt", tmp_path / "keys"
    file.write_text(json.dumps(answer))
    keys.write_bytes(httpx2.get(f"{world.service.url}/.well-known/erasure-keys.json", trust_env=False).content)

    right = verify("-", given=answer["receipt"])
    hers = verify(str(file), "--member", WHO, "--collection", PEOPLE)
    his = verify(str(file), "--member", OTHER, "--collection", PEOPLE)
    forged = verify("-", given=answer["receipt"][:-8] + "AAAAAAAA")
    monkeypatch.setenv("ENCRYPTION_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")
    elsewhere, by_others = verify(str(file)), verify(str(file), "--keys", str(keys))

    assert json.loads(right.stdout)["erased"] == answer["erased"]
    assert [one.exit_code for one in (right, hers, his, forged, elsewhere, by_others)] == [0, 0, 1, 1, 1, 0]
    assert "no receipt that this service signed" in forged.stderr
    assert "about somebody else" in his.stderr
