"""Webhooks over HTTP, on a real database."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.config import Database, Settings
from app.domain.events import HAPPENINGS
from app.domain.webhooks import is_secret, new_secret
from app.main import create_app
from app.services import Services
from app.store.open import open_store
from tests.contract.stores import SEAL
from tests.fakes.services import fake_services

HOOK = {"url": "https://crm.example/events"}


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    @asynccontextmanager
    async def services(settings: Settings) -> AsyncIterator[Services]:
        async with (
            fake_services(settings) as fakes,
            open_store(database_url, pool_size=2, timeout=5, seal=SEAL) as store,
        ):
            yield replace(fakes, galleries=store.galleries, webhooks=store.webhooks, deliveries=store.deliveries)

    app = create_app(Settings(database=Database(database_url=SecretStr(database_url))), services)
    with TestClient(app) as client:
        yield client


def test_a_webhook_is_made_listed_changed_and_deleted(client: TestClient) -> None:
    made = client.put("/webhooks/crm", json=HOOK | {"events": ["job.failed", "client.matched"]})
    changed = client.put("/webhooks/crm", json=HOOK)
    listed = client.get("/webhooks").json()
    deleted = client.delete("/webhooks/crm")

    assert made.status_code == 200
    assert is_secret(made.json()["secret"])
    assert made.json()["events"] == ["job.failed", "client.matched"]
    assert changed.json()["secret"] == ""
    assert len(changed.json()["events"]) == len(HAPPENINGS)
    assert [one["webhook_id"] for one in listed["webhooks"]] == ["crm"]
    assert listed["next_cursor"] == ""
    assert deleted.status_code == 204
    assert client.get("/webhooks/crm").json()["code"] == "webhook_not_found"


def test_a_secret_is_shown_by_no_other_answer(client: TestClient) -> None:
    secret = client.put("/webhooks/crm", json=HOOK).json()["secret"]

    assert secret not in client.get("/webhooks/crm").text + client.get("/webhooks").text


def test_a_secret_can_be_given_and_made_anew(client: TestClient) -> None:
    given = new_secret()

    assert client.put("/webhooks/crm", json=HOOK | {"secret": given}).json()["secret"] == given
    assert client.put("/webhooks/crm", json=HOOK | {"rotate_secret": True}).json()["secret"] not in ("", given)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"url": "ftp://crm.example/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://user:word@crm.example/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["ping"]}, "events"),
        ({"events": ["photo.taken"]}, "events"),
        ({"secret": "whsec_c2hvcnQ="}, "secret"),
        ({"gallery_id": "a/b"}, "gallery_id"),
    ],
)
def test_what_cannot_be_a_webhook_is_refused_without_its_secret(
    client: TestClient, sent: dict[str, object], field: str
) -> None:
    answer = client.put("/webhooks/crm", json=HOOK | sent)

    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert "c2hvcnQ" not in answer.text


def test_a_gallery_says_the_secret_of_its_own_webhook_once(client: TestClient) -> None:
    gallery = {"source": "s3://photos/gala/", "webhook_url": "https://gala.example/"}

    first = client.put("/galleries/gala", json=gallery).json()
    second = client.put("/galleries/gala", json=gallery).json()
    rotated = client.put("/webhooks/gallery.gala", json={"url": gallery["webhook_url"], "rotate_secret": True}).json()

    assert is_secret(first["webhook_secret"])
    assert second["webhook_secret"] == ""
    assert is_secret(rotated["secret"])
    assert rotated["gallery_id"] == "gala"
    assert "webhook_secret" not in client.get("/galleries/gala").json()
    assert client.delete("/webhooks/gallery.gala").status_code == 409


def test_deliveries_are_listed_and_sent_again(client: TestClient) -> None:
    client.put("/webhooks/crm", json=HOOK)
    sent = client.post("/webhooks/crm/test")

    (listed,) = client.get("/webhooks/crm/deliveries", params={"state": "pending"}).json()["deliveries"]
    again = client.post(f"/webhooks/crm/deliveries/{listed['delivery_id']}/redeliver")
    failed = client.post("/webhooks/crm/redeliver")

    assert sent.status_code == again.status_code == failed.status_code == 202
    assert listed == sent.json()
    assert (listed["type"], listed["data"], listed["attempts"]) == ("ping", {"webhook_id": "crm"}, 0)
    assert (listed["response_status"], listed["error"], listed["finished_at"]) == (None, "", None)
    assert again.json()["event_id"] == listed["event_id"]
    assert failed.json() == {"webhook_id": "crm", "redelivered": 0}


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/webhooks/nobody", "webhook_not_found"),
        ("DELETE", "/webhooks/nobody", "webhook_not_found"),
        ("GET", "/webhooks/nobody/deliveries", "webhook_not_found"),
        ("POST", "/webhooks/nobody/test", "webhook_not_found"),
        ("POST", "/webhooks/nobody/redeliver", "webhook_not_found"),
        ("POST", "/webhooks/crm/deliveries/nothing/redeliver", "delivery_not_found"),
    ],
)
def test_what_is_not_there_is_said_so(client: TestClient, method: str, path: str, code: str) -> None:
    client.put("/webhooks/crm", json=HOOK)

    answer = client.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (404, code)
