"""The watch-list over HTTP: real models, a real database, real photographs."""

import os
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import Lfw
from tests.integration.watch.conftest import Hook

NIL = "00000000-0000-0000-0000-000000000000"


def added(http: TestClient, listed: str, entry_id: str, *photos: bytes, **fields: Any) -> dict[str, Any]:
    files = [("images", ("a.jpg", photo)) for photo in photos]
    answer = http.post(
        "/blacklist", params={"collection": listed}, data={"id": entry_id, **fields}, files=files or None
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def processed(http: TestClient, listed: str, *images: Any, **fields: Any) -> dict[str, Any]:
    answer = http.post("/process-images", json={"collection": listed, "images": list(images), **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def inline(photo: bytes) -> dict[str, str]:
    return {"image_base64": b64encode(photo).decode()}


def codes(answer: dict[str, Any]) -> list[str]:
    return [result["error"]["code"] if result["error"] else "" for result in answer["results"]]


def test_who_is_watched_for_is_found_and_told_of(http: TestClient, listed: str, lfw: Lfw, hook: Hook) -> None:
    venus, again = lfw.photo("Venus_Williams", 1), lfw.photo("Venus_Williams", 2)
    entry = added(http, listed, "venus", venus, name="Venus", reason="plays too well")

    answer = processed(http, listed, inline(again), inline(lfw.photo("Pete_Sampras", 1)))

    hit, miss = (result["image"] for result in answer["results"])
    [match] = hit["matches"]
    assert (entry["added"], entry["images"], entry["in_force"], entry["reason"]) == (1, 1, True, "plays too well")
    assert (match["identity"], match["name"], match["decision"]) == ("venus", "Venus", "match")
    assert match["distance"] == pytest.approx(1 - match["similarity"], abs=1e-6)
    assert match["similarity"] >= match["threshold"] == 0.35
    assert match["box"] == hit["faces"][0]["box"]
    assert (hit["matched"], miss["matched"], miss["matches"], answer["matched"]) == (True, False, [], 1)
    [told] = hook.of(listed, 1)
    assert (told["image_id"], told["entry_id"], told["box"]) == (hit["image_id"], "venus", match["box"])
    [kept] = http.get("/blacklist/venus/hits", params={"collection": listed}).json()["hits"]
    assert (kept["image_id"], kept["similarity"]) == (hit["image_id"], match["similarity"])
    found = http.post("/identify", params={"collection": listed}, content=again).json()
    assert found["best_member_id"] == "venus"


def test_one_bad_picture_spoils_no_other(http: TestClient, listed: str, lfw: Lfw, images: Path) -> None:
    venus = lfw.photo("Venus_Williams", 1)
    added(http, listed, "venus", venus)

    answer = processed(
        http,
        listed,
        *({"image_base64": "!"}, inline(b"no picture"), {"path": "../../etc/passwd"}, {}, inline(venus)),
        {"image_url": "http://127.0.0.1:1/a.jpg", "path": "a.jpg"},
    )

    expected = ["invalid_base64", "image_unreadable", "source_forbidden", "image_missing", "", "image_ambiguous"]
    assert codes(answer) == expected
    assert [result["index"] for result in answer["results"]] == [0, 1, 2, 3, 4, 5]
    assert (answer["processed"], answer["failed"], answer["matched"]) == (1, 5, 1)


def test_a_picture_without_a_face_is_an_answer(http: TestClient, listed: str, images: Path) -> None:
    added(http, listed, "venus")

    answer = processed(http, listed, inline((images / "hard" / "i_trns.png").read_bytes()))

    [result] = answer["results"]
    assert (result["status"], result["image"]["faces_detected"], result["image"]["matched"]) == ("done", 0, False)


def test_pictures_come_as_parts_too(http: TestClient, listed: str, lfw: Lfw) -> None:
    venus = lfw.photo("Venus_Williams", 1)
    added(http, listed, "venus", venus)
    files = [("images", ("a.jpg", venus)), ("images[]", ("b.jpg", b"no picture")), ("file", ("c.jpg", venus))]

    answer = http.post("/process-images", data={"collection": listed}, files=files).json()

    assert codes(answer) == ["", "image_unreadable", ""]


@pytest.mark.parametrize(("images", "what"), [([], "at least 1"), ([{}] * 7, "6 are the most"), ("[", "neither")])
def test_a_call_without_pictures_or_with_too_many_is_refused(http: TestClient, images: Any, what: str) -> None:
    answer = http.post("/process-images", json={"images": images})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert what in answer.text


def test_a_list_that_nobody_has_made_is_empty_and_another_collection_is_not_there(http: TestClient, lfw: Lfw) -> None:
    photo = inline(lfw.photo("Venus_Williams", 1))

    assert processed(http, "blacklist", photo)["results"][0]["image"]["matches"] == []
    missing = http.post("/process-images", json={"collection": "nowhere", "images": [photo]})
    assert missing.json()["code"] == "collection_not_found"


@pytest.mark.own_engine  # AWS's place is taken by a service that guesses no ages
def test_attributes_come_where_they_are_asked_for(http: TestClient, listed: str, lfw: Lfw) -> None:
    photo = lfw.photo("Venus_Williams", 1)
    added(http, listed, "venus")

    [face] = processed(http, listed, inline(photo), attributes=True)["results"][0]["image"]["faces"]
    [plain] = processed(http, listed, inline(photo))["results"][0]["image"]["faces"]
    detected = http.post("/detect", params={"attributes": "true"}, content=photo).json()["faces"][0]

    assert set(face["attributes"]) == {"age", "age_range", "gender"}
    assert plain["attributes"] == {}
    assert detected["attributes"] == face["attributes"]
    assert 0 < detected["quality"]["brightness"] < 1
    assert 0 < detected["quality"]["sharpness"] <= 1
    assert detected["landmarks"] == face["landmarks"]


def test_entries_that_are_not_in_force_are_passed_over(http: TestClient, listed: str, lfw: Lfw) -> None:
    one, two = lfw.photo("Venus_Williams", 1), lfw.photo("Venus_Williams", 2)
    soon = datetime.now(UTC) - timedelta(seconds=1)
    added(http, listed, "off", one, active="false")
    added(http, listed, "over", one, expires_at=soon.isoformat())
    added(http, listed, "on", lfw.photo("Venus_Williams", 3))
    where = {"collection": listed}

    before = processed(http, listed, inline(two))["results"][0]["image"]["matches"]
    changed = http.patch("/blacklist/over", params=where, json={"expires_at": "never"}).json()
    after = processed(http, listed, inline(two), top_k=3)["results"][0]["image"]["matches"]

    assert [match["identity"] for match in before] == ["on"]
    assert (changed["expires_at"], changed["in_force"]) == (None, True)
    assert {match["identity"] for match in after} == {"on", "over"}
    shown = {
        wanted: [e["id"] for e in http.get("/blacklist", params=where | {"in_force": wanted}).json()["entries"]]
        for wanted in ("true", "false")
    }
    assert shown == {"true": ["on", "over"], "false": ["off"]}


def test_deleting_an_entry_deletes_it_everywhere(http: TestClient, listed: str, lfw: Lfw) -> None:
    venus, where = lfw.photo("Venus_Williams", 1), {"collection": listed}
    added(http, listed, "venus", venus)
    image = processed(http, listed, inline(venus))["results"][0]["image"]

    assert http.delete("/blacklist/venus", params=where).status_code == 204

    kept = http.get(f"/processed-images/{image['image_id']}").json()
    assert (kept["matches"], kept["matched"], kept["faces"][0]["matches"]) == ([], False, [])
    assert http.post("/identify", params=where, content=venus).json()["matches"] == []
    assert http.get("/members/venus", params=where).json()["code"] == "member_not_found"
    for call in (http.get, http.delete):
        assert call("/blacklist/venus", params=where).json()["code"] == "entry_not_found"
    assert http.get("/blacklist/venus/hits", params=where).json()["code"] == "entry_not_found"


def test_images_of_an_entry_are_added_listed_and_deleted(http: TestClient, listed: str, lfw: Lfw, images: Path) -> None:
    where, group = {"collection": listed}, (images / "groups" / "friends_6faces.jpg").read_bytes()
    added(http, listed, "venus")
    added(http, listed, "pete", lfw.photo("Pete_Sampras", 1))
    sent = [inline(lfw.photo("Venus_Williams", 1)), inline(group), inline(b"?"), inline(lfw.photo("Venus_Williams", 2))]

    answer = http.post("/blacklist/venus/images", params=where, json={"images": sent}).json()
    faces = http.get("/blacklist/venus/images", params=where).json()["faces"]
    [other] = http.get("/blacklist/pete/images", params=where).json()["faces"]
    wrong = http.delete(f"/blacklist/venus/images/{other['face_id']}", params=where)
    gone = http.delete(f"/blacklist/venus/images/{faces[0]['face_id']}", params=where)

    assert codes(answer) == ["", "multiple_faces", "image_unreadable", ""]
    assert (answer["added"], answer["failed"], answer["images"]) == (2, 2, 2)
    assert len(answer["results"][1]["error"]["faces"]) == 6
    assert {face["face_id"] for face in faces} == {answer["results"][n]["face"]["face_id"] for n in (0, 3)}
    assert (wrong.json()["code"], gone.status_code) == ("face_not_found", 204)
    assert http.get("/blacklist/venus", params=where).json()["images"] == 1
    assert http.get("/blacklist/pete", params=where).json()["images"] == 1


def test_an_entry_is_changed_in_what_is_sent(http: TestClient, listed: str) -> None:
    where = {"collection": listed}
    made = added(http, listed, "venus", name="Venus", reason="why", metadata='{"badge": 7}')
    until = "2099-01-01T00:00:00Z"

    changed = http.patch("/blacklist/venus", params=where, json={"reason": "other", "expires_at": until}).json()

    assert (made["metadata"], made["active"], made["expires_at"]) == ({"badge": 7}, True, None)
    assert (changed["name"], changed["reason"], changed["metadata"]) == ("Venus", "other", {"badge": 7})
    assert (changed["expires_at"], changed["in_force"]) == (until, True)
    assert http.patch("/blacklist/nobody", params=where, json={"name": "x"}).json()["code"] == "entry_not_found"
    again = http.post("/blacklist", params=where, json={"id": "venus"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "fields", [{"expires_at": "tomorrow"}, {"expires_at": "2030-01-01T00:00:00"}, {"id": "a/b"}, {"active": "perhaps"}]
)
def test_a_strange_entry_is_refused_by_the_name_of_its_field(http: TestClient, fields: dict[str, str]) -> None:
    answer = http.post("/blacklist", json=fields)

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == set(fields)


def test_members_are_no_blacklist(http: TestClient, lfw: Lfw) -> None:
    http.post("/enroll", params={"member_id": "ann"}, content=lfw.photo("Venus_Williams", 1))
    where = {"collection": "default"}

    assert http.post("/blacklist", params=where, json={}).json()["code"] == "conflict"
    assert http.get("/blacklist", params=where).json()["entries"] == []
    assert http.get("/blacklist/ann", params=where).json()["code"] == "entry_not_found"
    assert http.delete("/blacklist/ann", params=where).json()["code"] == "entry_not_found"
    assert http.patch("/blacklist/ann", params=where, json={"name": "x"}).json()["code"] == "entry_not_found"


def test_who_was_enrolled_into_the_list_is_watched_for_too(http: TestClient, listed: str, lfw: Lfw) -> None:
    added(http, listed, "pete")
    where = {"collection": listed}
    http.post("/enroll", params=where | {"member_id": "venus"}, content=lfw.photo("Venus_Williams", 1))

    answer = processed(http, listed, inline(lfw.photo("Venus_Williams", 2)))
    changed = http.patch("/blacklist/venus", params=where, json={"active": False}).json()
    later = processed(http, listed, inline(lfw.photo("Venus_Williams", 2)))

    assert (answer["matched"], changed["in_force"], later["matched"]) == (1, False, 0)


def test_the_history_has_filters_and_pages(http: TestClient, listed: str, lfw: Lfw, opened: Path) -> None:
    venus, pete = lfw.photo("Venus_Williams", 1), lfw.photo("Pete_Sampras", 1)
    added(http, listed, "venus", venus)
    (opened / "gate").mkdir(exist_ok=True)
    (opened / "gate" / "1.jpg").write_bytes(pete)
    answer = processed(http, listed, inline(venus), inline(pete), {"path": "gate/1.jpg"})
    ids = [result["image"]["image_id"] for result in answer["results"]]
    [hit, miss, gate] = ids
    when = next(r["image"]["created_at"] for r in answer["results"] if r["image"]["image_id"] == hit)

    def shown(**filters: Any) -> set[str]:
        page = http.get("/processed-images/", params={"collection": listed, **filters}).json()
        return {image["image_id"] for image in page["images"]}

    assert shown() == set(ids)
    assert (shown(matched="true"), shown(matched="false")) == ({hit}, {miss, gate})
    assert (shown(identity="venus"), shown(identity="pete")) == ({hit}, set())
    assert (shown(source="file://gate/"), shown(source="base64")) == ({gate}, {hit, miss})
    assert hit in shown(since=when)
    assert hit not in shown(until=when)
    assert shown(since="2099-01-01T00:00:00Z") == set()
    first = http.get("/processed-images", params={"collection": listed, "limit": 2}).json()
    rest = http.get("/processed-images", params={"collection": listed, "cursor": first["next_cursor"]}).json()
    assert {image["image_id"] for image in first["images"] + rest["images"]} == set(ids)
    assert (len(first["images"]), rest["next_cursor"]) == (2, "")


def test_a_processed_image_is_forgotten_with_its_hits(http: TestClient, listed: str, lfw: Lfw) -> None:
    venus = lfw.photo("Venus_Williams", 1)
    added(http, listed, "venus", venus)
    image_id = processed(http, listed, inline(venus))["results"][0]["image"]["image_id"]

    assert http.delete(f"/processed-images/{image_id}").status_code == 204

    assert http.get("/blacklist/venus", params={"collection": listed}).json()["hits"] == 0
    for missing in (image_id, NIL, "none"):
        assert http.get(f"/processed-images/{missing}").json()["code"] == "image_not_found"
        assert http.delete(f"/processed-images/{missing}").json()["code"] == "image_not_found"


def test_a_path_leads_to_pictures_of_the_open_folder_and_nowhere_else(
    http: TestClient, listed: str, lfw: Lfw, opened: Path, tmp_path: Path
) -> None:
    added(http, listed, "venus", lfw.photo("Venus_Williams", 1))
    for folder in (opened, tmp_path):
        (folder / "venus.jpg").write_bytes(lfw.photo("Venus_Williams", 2))
    (opened / "link.jpg").symlink_to(tmp_path / "venus.jpg")
    (opened / "linked").symlink_to(tmp_path)
    os.mkfifo(opened / "pipe.jpg")
    good = ["venus.jpg", str(opened / "venus.jpg")]
    bad = {
        "../" + tmp_path.name: "source_forbidden",
        str(tmp_path / "venus.jpg"): "source_forbidden",
        "link.jpg": "source_forbidden",
        "linked/venus.jpg": "source_forbidden",
        "a\0b": "source_forbidden",
        "./venus.jpg": "source_forbidden",
        "pipe.jpg": "source_not_found",
        "none.jpg": "source_not_found",
    }

    found = processed(http, listed, *({"path": path} for path in good))
    refused = [code for path in bad for code in codes(processed(http, listed, {"path": path}))]

    assert [result["image"]["source"] for result in found["results"]] == ["file://venus.jpg"] * 2
    assert found["matched"] == 2
    assert refused == list(bad.values())


def test_a_refresh_reads_what_it_can_and_says_what_it_did(
    http: TestClient, listed: str, lfw: Lfw, opened: Path
) -> None:
    (opened / "known.jpg").write_bytes(lfw.photo("Venus_Williams", 1))
    added(http, listed, "venus")
    where = {"collection": listed}
    http.post("/blacklist/venus/images", params=where, json={"images": [{"path": "known.jpg"}]})

    begun = http.post("/blacklist/refresh", params=where)
    missing = http.post("/blacklist/refresh", params={"collection": "nowhere"})

    assert begun.status_code == 202
    end = monotonic() + 30
    while (job := http.get(begun.json()["status_url"]).json())["status"] not in ("done", "failed"):
        assert monotonic() < end
        sleep(0.05)
    model = http.get("/ops/status").json()["model"]["name"]
    assert (job["status"], job["kind"], job["result"]) == ("done", "reindex", {"model": model, "switched": False})
    assert missing.json()["code"] == "collection_not_found"
