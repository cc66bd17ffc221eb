"""A fresh machine: nothing but the checkout, and still somebody is recognised."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from bench.service import Service
from demo import portraits

PEOPLE = portraits.people()
*MEMBERS, STRANGER = PEOPLE

pytestmark = pytest.mark.own_engine


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has no packs but its own, and was not told to take it."""
    folder = tmp_path_factory.mktemp("fresh")
    bare = {"HOME": str(folder), "FACE_MODEL_ROOT": str(folder), "FACE_MODEL_PACK": ""}
    service = Service(folder, bare).start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def web(fresh: Service) -> Iterator[httpx2.Client]:
    with fresh.client() as client:
        for name in MEMBERS:
            client.post("/enroll", data={"member_id": name}, files={"file": PEOPLE[name][0]()}).raise_for_status()
        yield client


@pytest.mark.parametrize("name", MEMBERS)
def test_whoever_was_enrolled_is_identified_in_another_picture(web: httpx2.Client, name: str) -> None:
    answer = web.post("/identify", files={"file": PEOPLE[name][1]()}).json()

    assert (answer["matched"], answer["best_member_id"], answer["model"]) == (True, name, "lite")


def test_a_stranger_is_nobody(web: httpx2.Client) -> None:
    answer = web.post("/identify", files={"file": PEOPLE[STRANGER][0]()}).json()

    assert (answer["matched"], answer["faces_detected"]) == (False, 1)


def test_two_pictures_are_compared(web: httpx2.Client) -> None:
    one, other = PEOPLE[MEMBERS[0]], PEOPLE[MEMBERS[1]]
    same = web.post("/compare", files={"a_file": one[0](), "b_file": one[1]()}).json()
    different = web.post("/compare", files={"a_file": one[0](), "b_file": other[1]()}).json()

    assert (same["same_person"], different["same_person"]) == (True, False)


def test_it_says_loudly_that_it_is_for_trying_out(fresh: Service, web: httpx2.Client) -> None:
    model = web.get("/ops/status").json()["model"]
    [component] = [part for part in web.get("/health").json()["components"] if part["name"] == "model"]

    assert (model["name"], model["licence"], model["commercial_use"]) == ("lite", "MIT", True)
    assert "trying out" in model["notice"]
    assert model["notice"] in component["detail"]
    assert "trying out" in Path(fresh.log).read_text()
