"""Whom nobody has named in a gallery: shown in groups, named, found in all photos, or put aside."""

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from bench.photos import People
from bench.service import Service
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, serving_s3

PATIENCE_SECONDS = 90
OFTEN, ONCE, PHOTOS_EACH = 4, 6, 5


@pytest.fixture(scope="module")
def named(everybody: People) -> list[str]:
    """People with enough photos: the first are in the gallery often, the others once."""
    enough = [name for name, photos in sorted(everybody.items()) if len(photos) >= PHOTOS_EACH]
    return enough[: OFTEN + ONCE]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, everybody: People, named: list[str]) -> Iterator[httpx2.Client]:
    """A client whose addresses begin at a gallery that has been processed."""
    folder = tmp_path_factory.mktemp("unknown")
    _lay(folder / "buckets" / "photos" / "party", everybody, named)
    with serving_s3(folder / "buckets") as address:
        keys = {"S3_ACCESS_KEY_ID": ACCESS_KEY, "S3_SECRET_ACCESS_KEY": SECRET_KEY}
        service = Service(folder, {"S3_ENDPOINT_URL": address, "WORKER_IN_PROCESS": "true", **keys}).start()
        with service.client() as http:
            http.put("/galleries/party", json={"source": "s3://photos/party/"}).raise_for_status()
            _process(http)
            http.base_url = http.base_url.join("/galleries/party")
            yield http
        service.stop()


def _lay(folder: Path, everybody: People, named: list[str]) -> None:
    folder.mkdir(parents=True)
    for n, name in enumerate(named):
        for number, photo in enumerate(everybody[name][: PHOTOS_EACH if n < OFTEN else 1]):
            (folder / f"{name}_{number}.jpg").write_bytes(photo())


def _process(http: httpx2.Client) -> None:
    http.post("/galleries/party/process-faces", json={}).raise_for_status()
    end = time.monotonic() + PATIENCE_SECONDS
    while (standing := http.get("/galleries/party/face-process-status").json())["status"] != "done":
        assert time.monotonic() < end, standing
        time.sleep(0.1)
    assert (standing["done"], standing["error"]) == (OFTEN * PHOTOS_EACH + ONCE, 0)


def _whose(key: str) -> str:
    return key.rpartition("/")[2].rpartition("_")[0]


def _of(http: httpx2.Client, name: str) -> str:
    """The id of the person's largest group."""
    groups = http.get("/unknown").json()["groups"]
    return str(next(group["group_id"] for group in groups if _whose(group["sample"]["key"]) == name))


def _picture(answer: httpx2.Response) -> Image.Image:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    return Image.open(BytesIO(answer.content))


def test_each_group_is_one_person_and_who_is_there_often_has_one(gallery: httpx2.Client, named: list[str]) -> None:
    unknown = gallery.get("/unknown").json()

    found: dict[str, int] = {}
    for group in unknown["groups"]:
        faces = gallery.get(f"/unknown/{group['group_id']}").json()["faces"]
        people = {_whose(face["key"]) for face in faces}
        assert len(faces) == group["faces"] == group["photos"]
        assert len(people) == 1
        found.setdefault(people.pop(), len(faces))
    assert set(found) == set(named[:OFTEN])
    assert sum(found.values()) >= 0.8 * OFTEN * PHOTOS_EACH
    assert unknown["ungrouped"] >= ONCE
    assert [group["faces"] for group in unknown["groups"]] == sorted(
        (group["faces"] for group in unknown["groups"]), reverse=True
    )


def test_asking_again_gives_the_same_groups_page_by_page(gallery: httpx2.Client) -> None:
    whole = gallery.get("/unknown").json()["groups"]

    first = gallery.get("/unknown", params={"limit": 2}).json()
    second = gallery.get("/unknown", params={"limit": 100, "cursor": first["next_cursor"]}).json()

    assert first["groups"] + second["groups"] == whole


def test_a_face_is_cut_out_and_a_photo_made_small(gallery: httpx2.Client) -> None:
    sample = gallery.get("/unknown").json()["groups"][0]["sample"]
    root = gallery.base_url.copy_with(path="/")

    crop = gallery.get(str(root.join(sample["crop_url"])), params={"size": 96})
    small = gallery.get(f"/photos/{sample['photo_id']}/thumbnail", params={"size": 128})

    assert max(_picture(crop).size) == 96
    assert _picture(small).size == (128, 128)
    assert crop.headers["cache-control"] == "no-store"
    again = gallery.get(str(crop.url), headers={"If-None-Match": crop.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", crop.headers["etag"])
    assert gallery.get(str(crop.url), headers={"If-None-Match": small.headers["etag"]}).status_code == 200


@pytest.mark.parametrize("size", ["63", "1025", "large"])
def test_a_size_that_is_not_offered_is_refused(gallery: httpx2.Client, size: str) -> None:
    sample = gallery.get("/unknown").json()["groups"][0]["sample"]

    answer = gallery.get(f"/photos/{sample['photo_id']}/thumbnail", params={"size": size})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_group_that_is_put_aside_is_not_shown_until_that_is_taken_back(
    gallery: httpx2.Client, named: list[str]
) -> None:
    group_id = _of(gallery, named[3])

    gallery.post(f"/unknown/{group_id}/dismiss").raise_for_status()
    shown = [group["group_id"] for group in gallery.get("/unknown").json()["groups"]]
    aside = [group["group_id"] for group in gallery.get("/unknown", params={"dismissed": True}).json()["groups"]]
    back = gallery.post(f"/unknown/{group_id}/undismiss")

    assert group_id not in shown
    assert aside == [group_id]
    assert back.status_code == 204
    assert _of(gallery, named[3]) == group_id


def test_a_group_that_is_named_becomes_a_client_with_all_photos(gallery: httpx2.Client, named: list[str]) -> None:
    group_id = _of(gallery, named[0])
    others = _of(gallery, named[1])

    answer = gallery.post(f"/unknown/{group_id}/name", json={"client_id": "77", "name": "Somebody"})

    done = answer.json()
    photos = gallery.get("/clients/77/photos").json()["photos"]
    assert answer.status_code == 201
    assert (done["client"]["client_id"], done["client"]["name"]) == ("77", "Somebody")
    assert done["photo_count"] == len(photos) == PHOTOS_EACH
    assert {_whose(photo["key"]) for photo in photos} == {named[0]}
    assert 1 <= done["enrolled"] <= 5
    assert gallery.post(f"/unknown/{group_id}/name", json={"client_id": "77"}).json()["code"] == "group_not_found"
    assert named[0] not in {_whose(g["sample"]["key"]) for g in gallery.get("/unknown").json()["groups"]}
    assert _of(gallery, named[1]) == others


def test_a_client_who_is_known_gets_the_groups_faces_too(gallery: httpx2.Client, named: list[str]) -> None:
    gallery.put("/clients/88", json={"name": "Known"}).raise_for_status()

    done = gallery.post(f"/unknown/{_of(gallery, named[2])}/name", json={"client_id": "88"}).json()

    assert (done["client"]["name"], done["client"]["faces"]) == ("Known", done["enrolled"])
    assert done["photo_count"] == PHOTOS_EACH


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/unknown/0123456789abcdef", "group_not_found"),
        ("/photos/00000000-0000-4000-8000-000000000000/thumbnail", "photo_not_found"),
        ("/photos/no-uuid/faces/no-uuid/crop", "photo_not_found"),
        ("/../nowhere/unknown", "gallery_not_found"),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(gallery: httpx2.Client, path: str, code: str) -> None:
    answer = gallery.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_naming_and_putting_aside_need_a_group_that_is_there(gallery: httpx2.Client) -> None:
    for path in ("name", "dismiss", "undismiss"):
        answer = gallery.post(f"/unknown/0123456789abcdef/{path}", json={"client_id": "1"})

        assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")
    assert gallery.get("/clients/1").json()["code"] == "client_not_found"


def test_a_name_needs_a_client(gallery: httpx2.Client, named: list[str]) -> None:
    answer = gallery.post(f"/unknown/{_of(gallery, named[1])}/name", json={"name": "Nobody"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "client_id")
