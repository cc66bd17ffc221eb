"""Liveness over HTTP: who may ask for it, who has it, and what becomes of a picture of a picture."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Liveness, Settings
from app.main import create_app
from app.services.alive import Alive
from tests.fakes.services import fake_services
from tests.unit.api.conftest import Serve

CALLS: list[tuple[str, dict[str, str]]] = [
    ("/enroll", {"member_id": "1", "image_url": "https://x/{}"}),
    ("/identify", {"image_url": "https://x/{}"}),
    ("/identify", {"image_url": "https://x/{}", "all_faces": "true"}),
    ("/verify", {"member_id": "1", "image_url": "https://x/{}"}),
    ("/compare", {"a_image_url": "https://x/ann", "b_image_url": "https://x/{}"}),
]
every = pytest.mark.parametrize(("path", "fields"), CALLS, ids=lambda value: value if isinstance(value, str) else "")


@pytest.fixture
def client(serve: Serve) -> TestClient:
    client = serve()
    client.post("/enroll", json={"member_id": "1", "image_url": "https://x/ann"})
    return client


def call(client: TestClient, path: str, fields: dict[str, str], who: str, **more: str) -> Any:
    return client.post(path, json={name: value.format(who) for name, value in fields.items()} | more)


def found(path: str, body: dict[str, Any]) -> Any:
    return body["b"]["liveness"] if path == "/compare" else body["liveness"]


@every
def test_nothing_is_said_where_nobody_asks(client: TestClient, path: str, fields: dict[str, str]) -> None:
    answer = call(client, path, fields, "ann#")

    assert answer.is_success
    assert found(path, answer.json()) is None


@every
def test_a_picture_of_a_picture_is_reported(client: TestClient, path: str, fields: dict[str, str]) -> None:
    fake = call(client, path, fields, "ann#", liveness="report").json()
    real = call(client, path, fields, "ann", liveness="report").json()

    assert found(path, fake) == {"live": False, "score": 0.1, "model": "fake"}
    assert found(path, real) == {"live": True, "score": 0.9, "model": "fake"}


@every
def test_a_picture_of_a_picture_is_refused_where_a_live_one_is_required(
    client: TestClient, path: str, fields: dict[str, str]
) -> None:
    answer = call(client, path, fields, "ann#", liveness="require")

    assert answer.status_code == 422
    assert answer.json()["code"] == "spoof_suspected"
    assert answer.json()["liveness"] == {"live": False, "score": 0.1, "model": "fake"}
    assert call(client, path, fields, "ann", liveness="require").is_success


def test_what_was_refused_is_not_kept(client: TestClient) -> None:
    client.post("/enroll", json={"member_id": "2", "image_url": "https://x/bob#", "liveness": "require"})

    assert not client.post("/identify", json={"image_url": "https://x/bob#"}).json()["matched"]


def test_the_problem_says_which_of_two_pictures_it_is(client: TestClient) -> None:
    pictures = {"a_image_url": "https://x/ann", "b_image_url": "https://x/ann#"}

    problem = client.post("/compare", json=pictures | {"liveness": "require"}).json()

    assert problem["image"] == "b"
    assert "picture b" in problem["message"]


def test_one_suspect_among_all_faces_is_enough(client: TestClient) -> None:
    asked = {"image_base64": "ann bob#", "all_faces": True}

    reported = client.post("/identify", json=asked | {"liveness": "report"}).json()
    refused = client.post("/identify", json=asked | {"liveness": "require"})

    assert [face["liveness"]["live"] for face in reported["faces"]] == [True, False]
    assert reported["liveness"] == reported["faces"][0]["liveness"]
    assert refused.json()["code"] == "spoof_suspected"


@pytest.mark.parametrize(
    ("service", "collection", "asked", "code"),
    [
        ("off", "off", "off", None),
        ("off", "require", "off", "spoof_suspected"),
        ("off", "require", "report", "spoof_suspected"),
        ("require", "off", "off", "spoof_suspected"),
        ("report", "off", "require", "spoof_suspected"),
        ("report", "off", "off", None),
    ],
)
def test_the_strictest_wish_holds(service: str, collection: str, asked: str, code: str | None) -> None:
    settings = Settings(liveness=Liveness.model_validate({"mode": service}))
    with TestClient(create_app(settings, fake_services)) as client:
        client.put("/collections/staff", json={"liveness": collection})

        body = {"member_id": "1", "image_url": "https://x/ann#", "collection": "staff", "liveness": asked}
        answer = client.post("/enroll", json=body).json()

    assert answer.get("code") == code
    assert code or (answer["liveness"] is None) == ("report" not in (service, asked))


def test_a_collection_keeps_what_it_asks_for_until_it_is_told_otherwise(client: TestClient) -> None:
    made = client.put("/collections/staff", json={"liveness": "require"}).json()
    again = client.put("/collections/staff", json={}).json()
    changed = client.put("/collections/staff", json={"liveness": "off"}).json()

    assert [each["liveness"] for each in (made, again, changed)] == ["require", "require", "off"]
    assert client.get("/collections/staff").json()["liveness"] == "off"


@pytest.fixture
def without(client: TestClient) -> TestClient:
    """A service without models of liveness, where a collection was told to require it while there were some."""
    client.put("/collections/staff", json={"liveness": "require"})
    services = client.app_state["services"]
    object.__setattr__(services.enroll.look, "alive", Alive(services.collections))
    object.__setattr__(services, "alive", services.enroll.look.alive)
    return client


@every
def test_without_models_liveness_is_refused_at_once(without: TestClient, path: str, fields: dict[str, str]) -> None:
    answer = call(without, path, fields, "?", liveness="report")

    assert answer.status_code == 503
    assert answer.json()["code"] == "liveness_unavailable"


def test_without_models_a_collection_that_requires_liveness_lets_nobody_in(without: TestClient) -> None:
    answer = without.post("/identify", json={"image_url": "https://x/ann", "collection": "staff"})

    assert answer.json()["code"] == "liveness_unavailable"


def test_without_models_no_collection_can_require_liveness(without: TestClient) -> None:
    assert without.put("/collections/new", json={"liveness": "report"}).json()["code"] == "liveness_unavailable"
    assert without.get("/collections/new").status_code == 404
