"""What the API gives the console: crops of kept faces, and one face of several."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from bench.photos import People
from bench.service import Service
from tests.console.conftest import ANNAN, KEY, VENUS

STAFF = {"collection": "crops"}


@pytest.fixture
def http(service: Service) -> Iterator[httpx2.Client]:
    with service.client(KEY) as client:
        yield client


def test_a_face_that_came_from_a_storage_is_shown_small_and_kept_by_nobody(http: httpx2.Client) -> None:
    enrolled = http.post(
        "/enroll", json={"member_id": "stored", "storage_key": f"s3://photos/event/{VENUS}_1.jpg", **STAFF}
    )

    crop = http.get(f"/faces/{enrolled.json()['face_id']}/crop", params={**STAFF, "size": 96})
    of_member = http.get("/members/stored/crop", params={**STAFF, "size": 96})
    again = http.get(
        "/members/stored/crop", params={**STAFF, "size": 96}, headers={"If-None-Match": crop.headers["etag"]}
    )

    picture = Image.open(BytesIO(crop.content))
    assert (crop.status_code, picture.format, max(picture.size)) == (200, "JPEG", 96)
    assert dict(picture.getexif()) == {}
    assert of_member.content == crop.content
    assert (again.status_code, again.content) == (304, b"")
    assert crop.headers["cache-control"] == "no-store"


def test_a_face_that_was_uploaded_cannot_be_shown_and_says_so(http: httpx2.Client, everybody: People) -> None:
    enrolled = http.post(
        "/enroll", data={"member_id": "sent", **STAFF}, files={"file": ("a.jpg", everybody[ANNAN][0]())}
    )
    assert enrolled.status_code == 201

    answers = [
        http.get(f"/faces/{enrolled.json()['face_id']}/crop", params=STAFF),
        http.get("/members/sent/crop", params=STAFF),
        http.get("/members/nobody/crop", params=STAFF),
        http.get("/faces/no-uuid/crop", params=STAFF),
    ]

    told = [(answer.status_code, answer.json()["code"]) for answer in answers]
    unkept = (422, "source_not_kept")
    assert told == [unkept, unkept, (404, "member_not_found"), (404, "face_not_found")]


def test_one_of_several_faces_is_enrolled_by_where_it_is(http: httpx2.Client, images: Path) -> None:
    friends = ("friends.jpg", (images / "groups" / "friends_6faces.jpg").read_bytes())
    boxes = [face["box"] for face in http.post("/detect", files={"file": friends}).json()["faces"]]
    box = boxes[-1]
    middle = f"{box['left'] + box['width'] / 2:.6f},{box['top'] + box['height'] / 2:.6f}"

    enrolled = http.post("/enroll", data={"member_id": "last", "face_at": middle, **STAFF}, files={"file": friends})
    nowhere = http.post(
        "/enroll", data={"member_id": "last", "face_at": "0.999,0.999", **STAFF}, files={"file": friends}
    )
    odd = http.post("/enroll", data={"member_id": "last", "face_at": "left", **STAFF}, files={"file": friends})

    assert len(boxes) > 2
    assert (enrolled.status_code, enrolled.json()["box"]) == (201, box)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "no_face")
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "face_at")


def test_the_status_tells_where_the_cuts_lie(http: httpx2.Client) -> None:
    status = http.get("/ops/status").json()

    assert (status["threshold"], status["review_margin"]) == (0.35, 0.05)
