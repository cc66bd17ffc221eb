"""Who may do what: a table over every route, made from the API's own description."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from app.api import auth
from app.config import Server, Settings
from app.domain.access import OF_KEYS, Scope
from app.domain.keys import digest, new_key
from app.main import create_app
from app.services import Services
from tests.fakes.services import fake_services

ADMIN = "the-operators-own-token"
OPEN = {"/live", "/health", "/ready", "/.well-known/erasure-keys.json"}
JSON = {"content-type": "application/json"}

_APP = create_app(Settings(server=Server.model_validate({"admin_token": ADMIN})), fake_services)
_DOCUMENT: dict[str, Any] = _APP.openapi()
OPERATIONS = [
    pytest.param(method, path, operation, id=operation["operationId"])
    for path, methods in _DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
LOCKED = [row for row in OPERATIONS if row.values[1] not in OPEN]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with ExitStack() as stack:
        client = stack.enter_context(TestClient(_APP, raise_server_exceptions=False))
        assert client.put("/tenants/acme", headers=of(ADMIN), json={}).status_code == 200
        yield client


def of(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def made(client: TestClient, scopes: list[str], tenant: str = "default", **fields: object) -> dict[str, Any]:
    answer = client.post(
        "/keys", headers=of(ADMIN) | {"X-Tenant": tenant}, json={"name": "k", "scopes": scopes, **fields}
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def call(client: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    filled = re.sub(r"\{[^}]+\}", "x", path)
    return client.request(method, filled, headers={**JSON, **headers}, content=b"{}" if method != "get" else None)


def scopes_of(operation: dict[str, Any]) -> set[str]:
    return {scope for way in operation["security"] for scopes in way.values() for scope in scopes}


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_operation_says_its_scope_or_is_known_to_be_open(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    if path in OPEN:
        assert not operation.get("security")
    else:
        assert scopes_of(operation) <= set(Scope)
        assert {name for way in operation["security"] for name in way} == set(auth.SCHEMES)
        assert all(f"`{scope}`" in operation["description"] for scope in scopes_of(operation))


@pytest.mark.parametrize(("method", "path", "operation"), LOCKED)
def test_every_operation_refuses_strangers(
    method: str, path: str, operation: dict[str, Any], client: TestClient
) -> None:
    nothing = call(client, method, path, {})
    wrong = call(client, method, path, of(new_key()))
    no_token = call(client, method, path, {"Authorization": "Bearer fu_x.y.z"})

    assert (nothing.status_code, nothing.json()["code"]) == (401, "unauthorized")
    assert nothing.headers["www-authenticate"] == "Bearer"
    assert (wrong.status_code, wrong.json()["code"]) == (401, "key_unknown")
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    assert (no_token.status_code, no_token.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize(("method", "path", "operation"), LOCKED)
def test_every_operation_refuses_keys_that_have_ended(
    method: str, path: str, operation: dict[str, Any], client: TestClient, ended: dict[str, str]
) -> None:
    for code, key in ended.items():
        answer = call(client, method, path, of(key))

        assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.fixture(scope="module")
def ended(client: TestClient) -> dict[str, str]:
    """A key that is past its time and one that was revoked, by the code of the error."""
    revoked = made(client, sorted(OF_KEYS))
    assert client.delete(f"/keys/{revoked['key_id']}", headers=of(ADMIN)).status_code == 204
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    expired = made(client, sorted(OF_KEYS), expires_at=soon.isoformat())
    while datetime.now(UTC) <= soon:
        pass
    return {"key_revoked": revoked["key"], "key_expired": expired["key"]}


@pytest.mark.parametrize(("method", "path", "operation"), LOCKED)
def test_every_operation_refuses_a_key_without_its_scope_and_names_it(
    method: str, path: str, operation: dict[str, Any], client: TestClient, keys: dict[frozenset[Scope], str]
) -> None:
    needed = scopes_of(operation)
    others = OF_KEYS - {Scope(scope) for scope in needed}

    answer = call(client, method, path, of(keys.setdefault(others, made(client, sorted(others))["key"])))

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert set(answer.json()["scope"].split(" or ")) == needed
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.fixture(scope="module")
def keys() -> dict[frozenset[Scope], str]:
    return {}


@pytest.mark.parametrize(("method", "path", "operation"), LOCKED)
def test_no_key_speaks_for_another_tenant(
    method: str, path: str, operation: dict[str, Any], client: TestClient, whole: str
) -> None:
    answer = call(client, method, path, of(whole) | {"X-Tenant": "acme"})

    assert (answer.status_code, answer.json()["code"]) == (404, "tenant_not_found")


@pytest.fixture(scope="module")
def whole(client: TestClient) -> str:
    """A key with every scope that a key may have."""
    return str(made(client, sorted(OF_KEYS))["key"])


@pytest.mark.parametrize(("method", "path", "operation"), LOCKED)
def test_a_key_of_one_collection_reaches_no_other(
    method: str, path: str, operation: dict[str, Any], client: TestClient, limited: str
) -> None:
    """Whatever the operation is about: refused for what it says, or since it is about more, or about nothing kept."""
    body = {"source": "s3://b/p/", **_least(operation), "collection": "other"}
    filled = re.sub(r"\{[^}]+\}", "other", path)

    answer = client.request(
        method, filled, headers=of(limited), params={"collection": "other"}, json=None if method == "get" else body
    )

    if path in {"/compare", "/detect"}:
        assert answer.json().get("code") != "forbidden"
    elif re.search(r"/jobs/|/analyses/", path):  # which collection it is, the job itself says: see the store's tests
        assert answer.status_code in {403, 404, 500}
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text


@pytest.fixture(scope="module")
def limited(client: TestClient) -> str:
    return str(made(client, sorted(OF_KEYS), collections=["mine"])["key"])


@pytest.mark.parametrize(("method", "path", "operation"), LOCKED)
def test_a_token_of_one_member_is_good_for_nothing_but_verifying_or_enrolling_them(
    method: str, path: str, operation: dict[str, Any], client: TestClient
) -> None:
    answers = []
    for verb in ("enroll", "verify"):
        token = upload_token(client, verb=verb, member_id="ann", collection="mine")
        body = {**_least(operation), "collection": "mine", "member_id": "bob"}
        answers.append(call_with(client, method, path, token, body))

    assert [answer.status_code for answer in answers] == [403, 403]


def call_with(client: TestClient, method: str, path: str, token: str, body: dict[str, Any]) -> Any:
    filled = re.sub(r"\{[^}]+\}", "mine", path)
    return client.request(
        method, filled, headers={"Authorization": f"Bearer {token}"}, json=None if method == "get" else body
    )


def upload_token(client: TestClient, key: str = ADMIN, **fields: object) -> str:
    answer = client.post("/upload-tokens", headers=of(key), json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def _least(operation: dict[str, Any]) -> dict[str, Any]:
    """The example of a body that works."""
    content = operation.get("requestBody", {}).get("content", {})
    example: dict[str, Any] = content.get("application/json", {}).get("example", {})
    return example


def test_a_route_that_does_not_say_what_it_needs_is_not_served() -> None:
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/forgotten", lambda: {"x": 1})
    app.include_router(router)

    with pytest.raises(RuntimeError, match="/forgotten does not say what it needs"):
        auth.check(app)


def test_an_upload_token_does_its_one_thing(client: TestClient) -> None:
    token = upload_token(client, verb="enroll", member_id="ann", collection="mine", uses=2)
    enrol = {"member_id": "ann", "collection": "mine", "image_base64": "YW5u"}

    first = call_with(client, "post", "/enroll", token, enrol)
    by_reference = call_with(client, "post", "/enroll", token, {**enrol, "image_base64": "", "supabase_path": "b/a"})
    third = call_with(client, "post", "/enroll", token, enrol)

    assert (first.status_code, first.json()["member_id"]) == (201, "ann")
    assert by_reference.status_code == 403
    assert "the picture itself" in by_reference.json()["message"]
    assert (third.status_code, third.json()["code"]) == (401, "token_spent")


def test_an_upload_token_gives_no_other(client: TestClient) -> None:
    token = upload_token(client, verb="enroll", collection="mine", uses=1)

    answer = call_with(client, "post", "/upload-tokens", token, {"verb": "enroll", "collection": "mine"})

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"verb": "verify"}, 422),
        ({"verb": "identify", "member_id": "ann"}, 422),
        ({"verb": "delete"}, 422),
        ({"verb": "enroll", "expires_in": 30}, 422),
        ({"verb": "enroll", "collection": "mine"}, 403),
        ({"verb": "identify", "collection": "theirs"}, 403),
        ({"verb": "identify", "collection": "mine"}, 201),
    ],
)
def test_an_upload_token_is_never_for_more_than_the_key(
    fields: dict[str, object], status: int, client: TestClient
) -> None:
    key = made(client, ["identify"], collections=["mine"])["key"]

    assert client.post("/upload-tokens", headers=of(key), json=fields).status_code == status


def test_a_key_makes_no_key_that_may_more_or_lasts_longer(client: TestClient) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    key = made(client, ["admin", "read"], expires_at=until.isoformat())["key"]
    wanted = {"name": "k", "scopes": ["read"], "expires_at": until.isoformat()}

    more = client.post("/keys", headers=of(key), json={**wanted, "scopes": ["enroll"]})
    longer = client.post("/keys", headers=of(key), json={**wanted, "expires_at": None})
    operator = client.post("/keys", headers=of(key), json={**wanted, "scopes": ["operate"]})
    fitting = client.post("/keys", headers=of(key), json=wanted)

    assert [more.status_code, longer.status_code, operator.status_code, fitting.status_code] == [403, 403, 422, 201]


def test_a_key_is_shown_once(client: TestClient) -> None:
    key = made(client, ["read"])

    listed = client.get("/keys", headers=of(ADMIN)).text
    shown = client.get(f"/keys/{key['key_id']}", headers=of(ADMIN)).json()

    assert key["key"].startswith(shown["prefix"])
    assert shown["state"] == "active"
    assert key["key"] not in listed
    assert digest(key["key"]) not in listed


def test_keys_of_another_tenant_are_not_there(client: TestClient) -> None:
    theirs = made(client, ["read"], tenant="acme")["key_id"]

    assert client.get(f"/keys/{theirs}", headers=of(ADMIN)).status_code == 404
    assert client.delete(f"/keys/{theirs}", headers=of(ADMIN)).status_code == 404
    assert theirs not in client.get("/keys", headers=of(ADMIN)).text


@pytest.mark.parametrize("tenant", ["nobody", "*", "x y"])
def test_the_operator_speaks_for_tenants_that_are_there(tenant: str, client: TestClient) -> None:
    assert client.get("/members", headers=of(ADMIN) | {"X-Tenant": tenant}).status_code == 404


def test_a_tenant_that_is_deleted_takes_its_keys_along(client: TestClient) -> None:
    client.put("/tenants/short", headers=of(ADMIN), json={"name": "Short"})

    assert client.get("/tenants/short", headers=of(ADMIN)).json()["name"] == "Short"
    assert "short" in client.get("/tenants", headers=of(ADMIN)).text
    assert client.delete("/tenants/short", headers=of(ADMIN)).status_code == 204
    assert client.get("/tenants/short", headers=of(ADMIN)).status_code == 404
    assert client.delete("/tenants/default", headers=of(ADMIN)).status_code == 409


def test_on_loopback_without_an_admin_token_nobody_shows_anything_but_what_is_shown_counts() -> None:
    app = create_app(Settings(server=Server.model_validate({})), fake_services)
    with TestClient(app) as client:
        assert client.get("/members").status_code == 200
        assert client.get("/members", headers=of("nonsense")).json()["code"] == "key_unknown"


def test_a_key_is_looked_up_once_in_a_while(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    services = _services(client)
    looked = []
    find = services.manage_keys.keys.find

    async def counted(text: str) -> Any:
        looked.append(text)
        return await find(text)

    monkeypatch.setattr(services.manage_keys.keys, "find", counted)
    key = made(client, ["read"])["key"]
    for _ in range(5):
        assert client.get("/members", headers=of(key)).status_code == 200

    assert looked == [digest(key)]


def _services(client: TestClient) -> Services:
    services: Services = client.app_state["services"]
    return services
