"""What a call costs its caller: as many pictures as are in it, from the allowance for what is done with them."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Server, Settings
from app.domain.access import Scope
from app.domain.access_keys import Signer
from app.domain.limits import Allowance
from app.main import create_app
from app.services import Services
from app.services.throttle import Throttle
from tests.acceptance.rekognition.described import least, request_of
from tests.acceptance.rekognition.signing import Caller, code
from tests.fakes.buckets import FakeBuckets
from tests.fakes.services import fake_services

ADMIN, SECRET, URL = "the-operators-own-token", "a secret of the test", "http://recon.example"
MOST = {Scope.IDENTIFY: 4, Scope.ENROLL: 2, Scope.READ: 1, Scope.MANAGE: 1}


class Keys:
    async def signer(self, access_key_id: str) -> Signer:
        return Signer("default", SECRET)


@asynccontextmanager
async def thrifty(settings: Settings) -> AsyncIterator[Services]:
    async with fake_services(settings) as services:
        allowances = {scope: Allowance(most) for scope, most in MOST.items()}
        keys: Any = Keys()
        yield replace(services, throttle=Throttle(FakeBuckets(), allowances, 0), access_keys=keys)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with ExitStack() as stack:
        app = create_app(Settings(server=Server.model_validate({"admin_token": ADMIN})), thrifty)
        client = stack.enter_context(TestClient(app, base_url=URL, raise_server_exceptions=False))
        key = client.post("/keys", headers={"X-API-Key": ADMIN}, json={"name": "k", "scopes": ["identify", "manage"]})
        client.headers["X-API-Key"] = key.json()["key"]
        yield client


def let_through(client: TestClient, path: str, pictures: int) -> int:
    """Calls until one is refused. Those that are not meet fakes, which may have no answer."""
    for count in range(10):
        answer = client.post(path, files=[("images", (f"{n}.jpg", b"ann")) for n in range(pictures)])
        if answer.status_code == 429:
            assert answer.json()["code"] == "rate_limited"
            return count
        assert answer.status_code not in (401, 403, 422), answer.text
    return 10


@pytest.mark.parametrize(("pictures", "calls"), [(1, 4), (2, 2), (3, 1), (4, 1)])
def test_each_picture_of_a_call_is_charged(client: TestClient, pictures: int, calls: int) -> None:
    assert let_through(client, "/process-images", pictures) == calls


def test_pictures_for_the_blacklist_are_charged_as_enrolled(client: TestClient) -> None:
    assert let_through(client, "/blacklist/somebody/images", 1) == MOST[Scope.ENROLL]


@pytest.mark.parametrize(
    ("operation", "calls"),
    [("CompareFaces", 2), ("DetectFaces", 4), ("IndexFaces", 2), ("ListFaces", 1), ("CreateUser", 1)],
)
def test_a_client_of_aws_is_charged_as_everybody(client: TestClient, operation: str, calls: int) -> None:
    content = json.dumps(least(request_of(operation))).encode()
    caller = Caller(URL, "AKIAAAAAAAAAAAAAAAAA", SECRET, client)
    codes = [code(caller.post(operation, content)) for _ in range(calls + 1)]

    assert codes == ["InternalServerError"] * calls + ["ProvisionedThroughputExceededException"]
