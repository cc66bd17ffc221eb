"""Enrol, identify, verify, compare, detect: on real pictures, in every encoding."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from bench.photos import People

Photos = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def ann(everybody: People) -> Photos:
    first, second, *_ = everybody["Venus_Williams"]
    return first(), second()


@pytest.fixture(scope="module")
def bob(everybody: People) -> Photos:
    first, second, *_ = everybody["Pete_Sampras"]
    return first(), second()


def enroll(http: httpx2.Client, collection: str, member_id: str, photo: bytes, **fields: str) -> dict[str, Any]:
    data = {"collection": collection, "member_id": member_id, **fields}
    answer = http.post("/enroll", data=data, files={"file": ("a.jpg", photo)})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_who_was_enrolled_is_identified_and_a_stranger_is_not(
    http: httpx2.Client, collection: str, ann: Photos, bob: Photos
) -> None:
    enrolled = enroll(http, collection, "123", ann[0], name="Ann", metadata='{"team": "blue"}')

    found = http.post("/identify", data={"collection": collection}, files={"file": ann[1]}).json()
    stranger = http.post("/identify", data={"collection": collection}, files={"file": bob[0]}).json()

    assert (found["matched"], found["decision"], found["match_count"]) == (True, "match", 1)
    assert (found["best_member_id"], found["best_name"]) == ("123", "Ann")
    assert found["best_similarity"] > found["threshold"] == 0.35
    assert found["matches"][0]["face_id"] == enrolled["face_id"]
    assert (stranger["matched"], stranger["matches"], stranger["best_member_id"]) == (False, [], "")


def _multipart(http: httpx2.Client, path: str, photo: bytes, fields: dict[str, Any]) -> httpx2.Response:
    return http.post(path, data=fields, files={"image": ("photo", photo)})


def _json(http: httpx2.Client, path: str, photo: bytes, fields: dict[str, Any]) -> httpx2.Response:
    return http.post(path, json={**fields, "image_base64": base64.b64encode(photo).decode(), "image_url": "null"})


def _form(http: httpx2.Client, path: str, photo: bytes, fields: dict[str, Any]) -> httpx2.Response:
    return http.post(path, data={**fields, "image_base64": base64.urlsafe_b64encode(photo).decode(), "image_url": ""})


def _untyped(http: httpx2.Client, path: str, photo: bytes, fields: dict[str, Any]) -> httpx2.Response:
    text = json.dumps({**fields, "image_base64": f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}"})
    return http.post(path, content=text.replace('": "', '":\t"'))


def _bare(http: httpx2.Client, path: str, photo: bytes, fields: dict[str, Any]) -> httpx2.Response:
    return http.post(path, params=fields, content=photo, headers={"Content-Type": "image/jpeg"})


@pytest.mark.parametrize("send", [_multipart, _json, _form, _untyped, _bare])
def test_every_encoding_is_accepted_alike(
    http: httpx2.Client, collection: str, ann: Photos, send: Callable[..., httpx2.Response]
) -> None:
    fields = {"collection": collection, "member_id": "ann"}

    enrolled = send(http, "/enroll", ann[0], fields)
    verified = send(http, "/verify", ann[1], fields)

    assert enrolled.status_code == 201, enrolled.text
    assert verified.json()["verified"] is True
    assert verified.headers["content-type"] == "application/json; charset=utf-8"


def test_an_enrolment_tells_all_that_was_promised(http: httpx2.Client, collection: str, ann: Photos) -> None:
    enrolled = enroll(http, collection, "ann", ann[0])

    assert set(enrolled) >= {
        "member_id", "collection", "face_id", "box", "det_score", "quality", "faces_detected", "model",
    }  # fmt: skip
    assert set(enrolled["box"]) == {"left", "top", "width", "height"}
    assert all(0 <= side <= 1 for side in enrolled["box"].values())
    assert enrolled["quality"]["score"] > 0.5
    assert enrolled["quality"]["reasons"] == []


def test_the_same_picture_twice_is_the_same_face(http: httpx2.Client, collection: str, ann: Photos) -> None:
    first = enroll(http, collection, "ann", ann[0])
    again = enroll(http, collection, "ann", ann[0])

    assert first["face_id"] == again["face_id"]
    assert http.get(f"/collections/{collection}").json()["counts"] == {"members": 1, "faces": 1}


def test_a_member_has_several_faces_until_they_are_replaced(
    http: httpx2.Client, collection: str, ann: Photos, bob: Photos
) -> None:
    enroll(http, collection, "ann", ann[0])
    enroll(http, collection, "ann", ann[1])
    several = http.get("/members/ann/faces", params={"collection": collection}).json()

    enroll(http, collection, "ann", bob[0], replace="true")

    left = http.get("/members/ann/faces", params={"collection": collection}).json()
    assert (len(several["faces"]), several["next_cursor"]) == (2, "")
    assert len(left["faces"]) == 1
    assert "embedding" not in json.dumps(left)


def test_two_pictures_are_compared(http: httpx2.Client, ann: Photos, bob: Photos) -> None:
    same = http.post("/compare", files={"a_file": ann[0], "b_file": ann[1]}).json()
    other = http.post(
        "/compare",
        json={
            "a_image_base64": base64.b64encode(ann[0]).decode(),
            "b_image_base64": base64.b64encode(bob[0]).decode(),
            "threshold": 0.5,
        },
    ).json()

    assert (same["same_person"], same["decision"]) == (True, "match")
    assert (other["same_person"], other["decision"], other["threshold"]) == (False, "no_match", 0.5)
    assert 0 < same["a"]["box"]["left"] < 1


def test_every_face_of_a_group_is_searched_on_demand(http: httpx2.Client, collection: str, images: Any) -> None:
    group = (images / "groups/friends_6faces.jpg").read_bytes()
    largest = enroll(http, collection, "largest", group, face_selection="largest")

    one = http.post("/identify", data={"collection": collection}, files={"file": group}).json()
    every = http.post("/identify", data={"collection": collection, "all_faces": "true"}, files={"file": group}).json()

    assert largest["faces_detected"] == one["faces_detected"] == every["faces_detected"] == 6
    assert len(one["faces"]) == 1
    assert one["best_similarity"] > 0.99
    assert len(every["faces"]) == 5, "MAX_FACES_PER_IMAGE"
    assert [len(face["matches"]) for face in every["faces"]] == [1, 0, 0, 0, 0]
    assert every["match_count"] == 1


def test_faces_are_detected_with_landmarks_and_pose(http: httpx2.Client, images: Any) -> None:
    group = (images / "groups/friends_6faces.jpg").read_bytes()

    found = http.post("/detect", files={"file": group}).json()

    assert (found["faces_detected"], found["width"], found["height"]) == (6, 1280, 886)
    face = found["faces"][0]
    assert [point["name"] for point in face["landmarks"]] == [
        "left_eye", "right_eye", "nose", "mouth_left", "mouth_right",
    ]  # fmt: skip
    assert set(face["pose"]) == {"yaw", "pitch", "roll"}
    assert face["attributes"] == {}


def test_members_are_listed_changed_and_forgotten(http: httpx2.Client, collection: str, ann: Photos) -> None:
    where = {"collection": collection}
    for member in ("ann", "bob", "zoe@x.com"):
        enroll(http, collection, member, ann[0])

    page = http.get("/members", params={**where, "limit": 2}).json()
    rest = http.get("/members", params={**where, "cursor": page["next_cursor"]}).json()
    changed = http.patch("/members/zoe@x.com", params=where, json={"name": "Zoë", "metadata": {"a": [1]}}).json()
    face = http.get("/members/ann/faces", params=where).json()["faces"][0]["face_id"]
    gone = [
        http.delete(f"/faces/{face}", params=where).status_code,
        http.delete("/members/bob", params=where).status_code,
        http.delete("/members/bob", params=where).status_code,
    ]

    assert [member["member_id"] for member in page["members"] + rest["members"]] == ["ann", "bob", "zoe@x.com"]
    assert (changed["name"], changed["metadata"]) == ("Zoë", {"a": [1]})
    assert gone == [204, 204, 404]
    assert http.get("/members/ann", params=where).json()["faces"] == 0


def test_collections_are_made_listed_and_forgotten(http: httpx2.Client, collection: str) -> None:
    made = http.put(f"/collections/{collection}", json={"kind": "blacklist"}).json()
    listed = http.get("/collections", params={"limit": 1000}).json()["collections"]
    empty = http.post("/verify", data={"collection": collection, "member_id": "x"}).json()
    deleted = http.delete(f"/collections/{collection}").status_code

    assert (made["kind"], made["model"], made["counts"]) == ("blacklist", "", {"members": 0, "faces": 0})
    assert {collection, "default"} <= {each["name"] for each in listed}
    assert empty["code"] == "image_missing"
    assert deleted == 204
    assert http.get(f"/collections/{collection}").json()["code"] == "collection_not_found"


@pytest.mark.own_engine
def test_a_search_of_the_index_alone_says_where_there_is_none(
    http: httpx2.Client, collection: str, ann: Photos
) -> None:
    enroll(http, collection, "ann", ann[0])

    answer = http.post("/search/faiss", data={"collection": collection}, files={"file": ann[1]})

    assert (answer.status_code, answer.json()["code"]) == (503, "index_not_ready")
    assert int(answer.headers["retry-after"]) > 0
