"""What every answer has in common, whatever was asked."""

import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.fakes.services import FakeDatabase
from tests.unit.api.conftest import Serve

KEY = "a-secret-of-some-length"


def test_an_answer_is_utf8_json_and_carries_the_callers_request_id(client: TestClient) -> None:
    answer = client.get("/live", headers={"X-Request-ID": "flow_42-a"})

    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-request-id"] == "flow_42-a"


@pytest.mark.parametrize("strange", ["x" * 129, "a b", 'a"}', "%0a"])
def test_a_strange_request_id_is_replaced(client: TestClient, strange: str) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": strange})

    assert answer.headers["x-request-id"] != strange
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "route_not_found"),
        ("DELETE", "/live", 405, "method_not_allowed"),
        ("GET", "/members?limit=0", 422, "invalid_request"),
        ("GET", "/members?collection=nowhere", 404, "collection_not_found"),
        ("GET", "/members/nobody", 404, "member_not_found"),
        ("DELETE", "/faces/nothing", 404, "face_not_found"),
        ("GET", "/collections/a%20b", 422, "invalid_request"),
        ("POST", "/identify", 422, "image_missing"),
    ],
)
def test_every_error_is_a_problem_document(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == f"/problems/{code}"
    assert (problem["status"], problem["code"], problem["message"]) == (status, code, problem["detail"])
    assert set(problem) >= {"title", "request_id", "errors"}


def test_a_bug_is_a_problem_that_tells_nothing(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)

    @app.get("/bug")
    def bug() -> None:
        msg = "the password is swordfish"
        raise RuntimeError(msg)

    answer = client.get("/bug")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "swordfish" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"] != ""


def test_ready_says_which_part_cannot_work(client: TestClient, database: FakeDatabase) -> None:
    assert client.get("/ready").status_code == 200

    database.pending = ["0002_pre_more"]
    behind = client.get("/ready")
    database.down = True
    down = client.get("/ready")

    parts = {part["name"]: part for part in behind.json()["components"]}
    assert (behind.status_code, parts["migrations"]["ok"], parts["database"]["ok"]) == (503, False, True)
    assert parts["migrations"]["detail"] == "0002_pre_more"
    assert down.status_code == 503
    assert client.get("/health").status_code == 200
    assert client.get("/health").json()["status"] == "degraded"


def test_what_did_not_answer_may_be_tried_again(client: TestClient, database: FakeDatabase) -> None:
    database.down = True

    answer = client.get("/ops/status")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/members", "/collections", "/ops/status"])
def test_a_key_is_wanted_where_one_is_set(serve: Serve, path: str) -> None:
    client = serve(admin_token=KEY)

    assert client.get(path).json()["code"] == "unauthorized"
    assert client.get(path).headers["www-authenticate"] == "Bearer"
    assert client.get(path, headers={"X-API-Key": "wrong"}).status_code == 401
    assert client.get(path, headers={b"X-API-Key": "é".encode("latin-1")}).status_code == 401
    assert client.get(path, headers={"X-API-Key": KEY}).status_code == 200
    assert client.get(path, headers={"Authorization": f"Bearer {KEY}"}).status_code == 200


@pytest.mark.parametrize("path", ["/live", "/health", "/ready", "/docs", "/openapi.json", "/metrics"])
def test_what_tells_nothing_needs_no_key(serve: Serve, path: str) -> None:
    assert serve(admin_token=KEY).get(path).status_code == 200


def test_a_body_is_not_read_for_a_stranger(serve: Serve) -> None:
    answer = serve(admin_token=KEY).post("/enroll", content=b"{broken")

    assert answer.json()["code"] == "unauthorized"


def test_browsers_of_a_configured_origin_may_call(serve: Serve) -> None:
    client = serve(cors_origins="https://app.example.com")
    asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}

    allowed = client.options("/identify", headers=asked | {"Access-Control-Request-Headers": "x-api-key"})
    other = client.options("/identify", headers=asked | {"Origin": "https://evil.example.com"})

    assert allowed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "X-API-Key" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in other.headers


def test_the_log_tells_the_path_and_never_the_query(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/members?collection=default&token=swordfish", headers={"X-Request-ID": "abc"})

    [line] = [record for record in caplog.records if "request" in str(record.msg)]
    assert isinstance(line.msg, dict)
    assert (line.msg["path"], line.msg["status"], line.msg["method"]) == ("/members", 200, "GET")
    assert "swordfish" not in caplog.text


def test_metrics_name_the_stages_and_the_routes(client: TestClient) -> None:
    client.post("/detect", files={"file": b"ann"})

    text = client.get("/metrics").text

    assert 'face_http_requests_total{handler="/detect",method="POST",status="200"} ' in text
    assert "face_stage_seconds" in text
