"""Thresholds, or rates in their place, over HTTP."""

from functools import partial

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.domain.calibration import rate_for
from app.main import create_app
from tests.fakes.services import CURVE, fake_services

POINTS = [[0.1, 0.3], [0.001, 0.5]]


def put(client: TestClient, *people: str) -> None:
    for person in people:
        client.post("/enroll", data={"member_id": person}, files={"file": person.encode()})


def test_an_answer_says_how_likely_a_stranger_is_named(client: TestClient) -> None:
    put(client, "ann", "anna", "bob")

    answer = client.post("/identify", files={"file": b"ann"}).json()

    assert (answer["threshold"], answer["gallery_faces"], answer["calibration"]) == (0.35, 3, "measured")
    assert answer["expected_fpir"] == pytest.approx(3 * 10**-3.5, rel=0.01)
    assert answer["margin"] == answer["faces"][0]["margin"] == pytest.approx(0.58)


@pytest.mark.parametrize(
    ("asked", "expected"), [({"target_fpir": "0.02"}, 0.02), ({"risk": "low"}, 0.05), ({"risk": "high"}, 0.001)]
)
def test_a_search_may_ask_for_a_rate(client: TestClient, asked: dict[str, str], expected: float) -> None:
    put(client, "ann", "bob")

    answer = client.post("/identify", data=asked, files={"file": b"ann"}).json()

    assert answer["expected_fpir"] == pytest.approx(expected, rel=0.01)
    assert answer["threshold"] == pytest.approx(CURVE.threshold(rate_for(expected, 2)), abs=1e-6)
    assert answer["matched"] is True


@pytest.mark.parametrize(("path", "member"), [("/verify", {"member_id": "ann"}), ("/compare", {})])
def test_a_comparison_may_ask_for_a_rate(client: TestClient, path: str, member: dict[str, str]) -> None:
    put(client, "ann", "bob")
    names = ("a_image_base64", "b_image_base64") if path == "/compare" else ("image_base64",)
    body = member | dict.fromkeys(names, "YW5u")

    by_rate = client.post(path, json=body | {"target_fmr": 1e-4}).json()
    by_risk = client.post(path, json=body | {"risk": "high"}).json()
    plain = client.post(path, json=body).json()

    assert (by_rate["threshold"], by_rate["expected_fmr"]) == (pytest.approx(0.4), pytest.approx(1e-4))
    assert (by_risk["threshold"], by_risk["calibration"]) == (pytest.approx(0.6), "extrapolated")
    assert (plain["threshold"], plain["calibration"]) == (0.35, "measured")


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("/identify", {"threshold": 0.4, "target_fpir": 0.01}, "target_fpir"),
        ("/identify", {"threshold": 0.4, "risk": "low"}, "risk"),
        ("/identify", {"target_fpir": 0.01, "risk": "low"}, "risk"),
        ("/identify", {"risk": "huge"}, "risk"),
        ("/identify", {"target_fpir": 0}, "target_fpir"),
        ("/identify", {"target_fpir": 1}, "target_fpir"),
        ("/verify", {"member_id": "ann", "threshold": 0, "target_fmr": 0.01}, "target_fmr"),
        ("/compare", {"target_fmr": 0.1, "risk": "low"}, "risk"),
    ],
)
def test_what_is_asked_twice_or_makes_no_sense_is_refused(
    client: TestClient, path: str, fields: dict[str, object], field: str
) -> None:
    images = dict.fromkeys(("image_base64", "a_image_base64", "b_image_base64"), "YW5u")

    answer = client.post(path, json=images | fields)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_collection_may_have_a_curve_of_its_own(client: TestClient) -> None:
    pack = client.get("/collections/default/calibration").json()
    put_own = client.put("/collections/default/calibration", json={"points": POINTS, "measured_to": 0.001})
    put(client, "ann")
    own = client.post("/verify", json={"member_id": "ann", "image_base64": "YW5u", "target_fmr": 0.001})
    gone = client.delete("/collections/default/calibration")

    assert (pack["origin"], pack["people"], pack["points"][0]) == ("pack", 300, [0.1, 0.1])
    assert (put_own.status_code, put_own.json()["origin"]) == (200, "collection")
    assert own.json()["threshold"] == pytest.approx(0.5)
    assert gone.status_code == 204
    assert client.get("/collections/default/calibration").json() == pack


@pytest.mark.parametrize(
    "body",
    [
        {"points": POINTS},
        {"points": POINTS[:1], "measured_to": 0.1},
        {"points": POINTS[::-1], "measured_to": 0.1},
        {"points": [[0.1, 0.3], [0.0, 0.5]], "measured_to": 0.1},
        {"points": "none", "measured_to": 0.1},
    ],
)
def test_points_that_draw_no_curve_are_refused(client: TestClient, body: dict[str, object]) -> None:
    answer = client.put("/collections/default/calibration", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_curve_needs_a_collection(client: TestClient) -> None:
    body = {"points": POINTS, "measured_to": 0.001}

    assert client.put("/collections/nowhere/calibration", json=body).json()["code"] == "collection_not_found"
    assert client.get("/collections/nowhere/calibration").json()["code"] == "collection_not_found"
    assert client.delete("/collections/nowhere/calibration").json()["code"] == "collection_not_found"


def test_where_no_curve_is_known_nothing_is_promised() -> None:
    with TestClient(create_app(Settings(), partial(fake_services, curve=None))) as client:
        put(client, "ann")

        plain = client.post("/identify", files={"file": b"ann"}).json()
        asked = client.post("/identify", data={"risk": "low"}, files={"file": b"ann"})
        curve = client.get("/collections/default/calibration").json()

    assert (plain["expected_fpir"], plain["calibration"]) == (1.0, "none")
    assert (asked.status_code, asked.json()["code"]) == (409, "not_calibrated")
    assert (curve["origin"], curve["points"], curve["measured_to"]) == ("none", [], 1.0)
