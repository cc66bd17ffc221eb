"""What every answer tells browsers, and what the log makes of what callers say."""

import io
import json
import logging
import re

import pytest
import structlog
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient
from starlette.datastructures import MutableHeaders

from app import logs
from app.api.headers import SAFE, add
from tests.unit.api.conftest import Serve

ANSWERS = [
    ("GET", "/live"),
    ("GET", "/docs"),
    ("GET", "/docs/assets/swagger-ui.css"),
    ("GET", "/openapi.json"),
    ("GET", "/metrics"),
    ("GET", "/collections"),
    ("GET", "/nowhere"),
    ("DELETE", "/identify"),
    ("POST", "/enroll"),
    ("GET", "/galleries"),  # the fakes have none: a bug, as far as the service can tell
]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_every_answer_is_hardened(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "server" not in answer.headers


def test_the_documentation_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")

    assert "http" not in page.headers["content-security-policy"]
    assert re.findall(r'(?:src|href)="(?!/|data:)[^"]*"', page.text) == []


def test_an_answer_may_have_a_policy_of_its_own_but_pictures_are_never_kept() -> None:
    page = Response("<p>", media_type="text/html", headers={"Content-Security-Policy": "default-src 'self'"})
    picture = Response(b"", media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})

    for answer in (page, picture):
        add(MutableHeaders(raw=answer.raw_headers))

    assert page.headers["content-security-policy"] == "default-src 'self'"
    assert picture.headers["cache-control"] == SAFE["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/collections/x", "DELETE, GET, PUT"), ("/identify", "POST"), ("/members/1", "DELETE, GET, PATCH")],
)
def test_an_address_says_what_it_answers_to(client: TestClient, path: str, methods: str) -> None:
    answer = client.options(path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == methods


HOSTILE = "a%0A%7B%22level%22:%22forged%22%7D%0D%1B%5B31m%C2%9B31m%E2%80%A8%E2%80%AEz%7F"


def test_a_caller_writes_no_line_of_the_log_and_moves_no_cursor(serve: Serve) -> None:
    client, written = serve(), io.StringIO()
    [handler] = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
    old = handler.setStream(written)

    client.get(f"/members/{HOSTILE}", headers={"X-Request-ID": "a\x1b[31m"})
    client.post(f"/{HOSTILE}", files={"file": ("a\x1b[31m\x9b.jpg", b"?")})
    structlog.get_logger("test").warning("a\nb\x1b[31m", detail="\x9b31m\u2028\u202e")
    handler.setStream(old)

    lines = written.getvalue().splitlines()
    assert len(lines) == 4
    assert all(json.loads(line)["level"] in ("info", "warning") for line in lines)
    assert written.getvalue().replace("\n", "").isprintable()
    assert written.getvalue().isascii()


def test_a_path_without_end_does_not_fill_the_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/" + "x" * 20_000)

    assert max(len(record.getMessage()) for record in caplog.records) < 1000


def test_the_logs_are_configured_by_the_application(client: TestClient) -> None:
    assert isinstance(client.app, FastAPI)
    assert logs._standard_library("INFO")["root"] == {"handlers": ["stderr"], "level": "INFO"}
