"""Calls with pictures that come while there is too much to do."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.admission import carrying
from app.api.rekognition import model
from app.api.rekognition.operations import OPERATIONS
from app.api.rekognition.route import WITH_PICTURES
from app.config import Server, Settings
from app.main import create_app
from app.services import Services
from app.services.admit import Admit
from tests.fakes.services import fake_services

PICTURES = ["/detect", "/enroll", "/process-images", "/galleries/gala/clients/ana/enroll-face", "/blacklist"]
OTHERS = [("GET", "/live"), ("GET", "/ready"), ("GET", "/metrics"), ("GET", "/collections"), ("PUT", "/collections/a")]


@asynccontextmanager
async def full(settings: Settings) -> AsyncIterator[Services]:
    admit = Admit(1, 0.001)  # takes in two
    async with fake_services(settings) as services:
        with admit(), admit():
            yield replace(services, admit=admit)


@pytest.fixture(scope="module", params=["", "/face"])
def client(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    server = Server(root_path=request.param, cors_origins=("*",), admin_token="0123456789abcdef")
    with ExitStack() as stack:
        yield stack.enter_context(TestClient(create_app(Settings(server=server), full)))


@pytest.mark.parametrize("path", PICTURES)
def test_a_call_with_pictures_is_refused_before_anybody_asks_who_calls(client: TestClient, path: str) -> None:
    answer = client.post(path, files={"file": b"ann"}, headers={"Origin": "https://app.example"})

    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) == answer.json()["retry_after"] >= 1
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_other_calls_are_let_through(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"X-API-Key": "0123456789abcdef"})

    assert answer.status_code != 503


def test_a_long_body_is_thrown_away_and_the_connection_with_it(client: TestClient) -> None:
    answer = client.post("/detect", content=b"x" * 100_000)

    assert answer.status_code == 503
    assert answer.headers["connection"] == "close"


def test_whoever_asks_before_sending_is_told_at_once(client: TestClient) -> None:
    answer = client.post("/detect", content=b"x", headers={"Expect": "100-continue"})

    assert (answer.status_code, answer.headers["connection"]) == (503, "close")


@pytest.mark.parametrize("operation", sorted(WITH_PICTURES))
def test_a_client_of_aws_is_throttled_in_its_own_words(client: TestClient, operation: str) -> None:
    answer = client.post("/rekognition/", content=b"{}", headers=_target(operation))

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert json.loads(answer.content)["__type"] == "ThrottlingException"


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - WITH_PICTURES))
def test_its_calls_without_pictures_are_let_through(client: TestClient, operation: str) -> None:
    answer = client.post("/rekognition/", content=b"{}", headers=_target(operation))

    assert answer.json()["__type"] == "MissingAuthenticationTokenException"


def test_the_operations_with_pictures_are_those_of_the_description() -> None:
    assert {operation for operation in OPERATIONS if model.pictures(operation)} == WITH_PICTURES


def test_every_route_whose_body_may_have_files_holds_places() -> None:
    app = create_app(Settings())
    described: dict[str, Any] = app.openapi()["paths"]
    with_files = {
        path
        for path, methods in described.items()
        if "multipart/form-data" in methods.get("post", {}).get("requestBody", {}).get("content", {})
    }
    held = list(carrying(app))

    assert len(with_files) > len(PICTURES)
    assert all(any(one.match(path) for one in held) for path in with_files)
    assert len(held) == len(with_files)


def _target(operation: str) -> dict[str, str]:
    return {"X-Amz-Target": f"RekognitionService.{operation}"}
