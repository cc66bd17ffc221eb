"""Writes that come twice, over HTTP, on a real database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.api.auth import OPEN
from app.config import Database, Server, Settings
from app.domain.collections import CollectionRef, Kind
from app.domain.errors import CollectionNotFound
from app.main import create_app
from app.ports import CollectionStore
from app.services import Services
from app.services.audit import Audit
from app.store.open import open_store
from tests.contract.stores import SEAL
from tests.fakes.asgi import serving_app
from tests.fakes.services import fake_services

TOKEN = "an-admin-token-of-tests"
HOOK = {"url": "https://crm.example/events"}
KEY = {"Idempotency-Key": "order-7"}
KEPT = ("galleries", "webhooks", "collections", "answers", "consents")
"""What is served from the database, as the audit log is; all else are fakes."""


@asynccontextmanager
async def served(url: str, add: Any = lambda app, store: None) -> AsyncIterator[httpx2.AsyncClient]:
    """The service on that database. add: is given the application, for a route more."""

    @asynccontextmanager
    async def services(settings: Settings) -> AsyncIterator[Services]:
        async with fake_services(settings) as fakes, open_store(url, pool_size=4, timeout=5, seal=SEAL) as store:
            add(app, store)
            kept = {name: getattr(store, name) for name in KEPT}
            operator = replace(fakes.manage_keys, tenants=store.tenants)
            yield replace(fakes, audit=Audit(store.audit), manage_keys=operator, **kept)

    server = Server(admin_token=SecretStr(TOKEN))
    app = create_app(Settings(server=server, database=Database(database_url=SecretStr(url))), services)
    async with app.router.lifespan_context(app) as state, serving_app(_with(app, state or {})) as address:
        headers = {"X-API-Key": TOKEN}
        async with httpx2.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
            yield client


def _with(app: FastAPI, state: Any) -> Any:
    async def called(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    return called


@contextmanager
def everything(url: str) -> Iterator[psycopg.Connection]:
    """A connection that sees the rows of all tenants."""
    with psycopg.connect(url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        yield conn


def kept(url: str) -> int:
    with everything(url) as conn:
        (count,) = conn.execute("select count(*) from face.answer").fetchone() or (-1,)
    return int(count)


@pytest.fixture(params=["database_url", "pooled_url"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


async def test_what_is_sent_twice_is_done_once_and_answered_twice(url: str) -> None:
    async with served(url) as client:
        first = await client.put("/webhooks/crm", json=HOOK, headers=KEY)
        again = await client.put("/webhooks/crm", json=HOOK, headers=KEY)

    assert first.status_code == again.status_code == 200
    assert first.json()["secret"]
    assert again.content == first.content
    assert kept(url) == 1
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")


async def test_a_deletion_is_repeated_without_a_complaint(url: str) -> None:
    async with served(url) as client:
        await client.put("/collections/staff")
        first = await client.delete("/collections/staff", headers=KEY)
        again = await client.delete("/collections/staff", headers=KEY)
        without = await client.delete("/collections/staff")

    assert (first.status_code, again.status_code, without.status_code) == (204, 204, 404)


@pytest.mark.parametrize(
    ("path", "body"), [("/webhooks/crm", {"url": "https://other.example/"}), ("/webhooks/shop", HOOK)]
)
async def test_the_key_of_another_request_is_refused(url: str, path: str, body: dict[str, str]) -> None:
    async with served(url) as client:
        await client.put("/webhooks/crm", json=HOOK, headers=KEY)
        other = await client.put(path, json=body, headers=KEY)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert other.headers["content-type"].startswith("application/problem+json")


async def test_what_failed_may_be_tried_again_with_the_same_key(url: str) -> None:
    async with served(url) as client:
        refused = await client.put("/webhooks/crm", json=HOOK | {"gallery_id": "gala"}, headers=KEY)
        await client.put("/galleries/gala", json={"source": "s3://photos/gala/"})
        accepted = await client.put("/webhooks/crm", json=HOOK | {"gallery_id": "gala"}, headers=KEY)

    assert (refused.status_code, accepted.status_code) == (404, 200)


async def test_twins_at_the_same_time_are_one_and_the_other_is_told_to_wait(url: str) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    async with served(url, _slow(entered, leave)) as client:
        first = asyncio.create_task(client.post("/slow", headers=KEY))
        await entered.wait()
        twin = await client.post("/slow", headers=KEY)
        leave.set()
        answered = await first
        late = await client.post("/slow", headers=KEY)

    assert (twin.status_code, twin.json()["code"]) == (409, "idempotency_in_progress")
    assert int(twin.headers["retry-after"]) > 0
    assert (answered.status_code, late.status_code) == (200, 200)
    assert late.headers["idempotency-replayed"] == "true"


async def test_an_effect_without_its_answer_never_stays(url: str) -> None:
    """Whatever comes between the write and the answer: here the handler dies after its write."""
    async with served(url, _broken) as client:
        died = await client.post("/broken", headers=KEY)
        there = await client.get("/collections/made")

    assert died.status_code == 500
    assert there.status_code == 404
    assert kept(url) == 0


async def test_reading_is_not_kept(url: str) -> None:
    async with served(url) as client:
        answers = [await client.post("/detect", json={"image_base64": "AAAA"}, headers=KEY) for _ in range(2)]

    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, None]
    assert kept(url) == 0


@pytest.mark.parametrize("key", ["x" * 256, "tab\tin"])
async def test_a_bad_key_is_refused(url: str, key: str) -> None:
    async with served(url) as client:
        refused = await client.put("/webhooks/crm", json=HOOK, headers={"Idempotency-Key": key})

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_who_may_not_call_hears_nothing_of_what_was_answered(url: str) -> None:
    async with served(url) as client:
        await client.put("/webhooks/crm", json=HOOK, headers=KEY)
        stranger = await client.put("/webhooks/crm", json=HOOK, headers=KEY | {"X-API-Key": "fk_live_wrong"})

    assert stranger.status_code == 401
    assert "secret" not in stranger.text


async def test_answers_are_forgotten_after_a_day(url: str) -> None:
    async with served(url) as client:
        first = await client.put("/webhooks/crm", json=HOOK, headers=KEY)
        with everything(url) as conn:
            conn.execute("update face.answer set created_at = now() - interval '25 hours'")
        again = await client.put("/webhooks/crm", json=HOOK, headers=KEY)
    with everything(url) as conn:
        conn.execute("update face.answer set created_at = now() - interval '25 hours'")
    async with open_store(url, pool_size=1, timeout=5) as store:
        await store.answers.forget()

    assert kept(url) == 0
    assert first.json()["secret"] != again.json()["secret"] == ""


def _slow(entered: asyncio.Event, leave: asyncio.Event) -> Any:
    def add(app: FastAPI, store: Any) -> None:
        @app.post("/slow", dependencies=[OPEN])
        async def slow() -> dict[str, bool]:
            await _make(store.collections)
            entered.set()
            await leave.wait()
            return {"done": True}

    return add


def _broken(app: FastAPI, store: Any) -> None:
    @app.post("/broken", dependencies=[OPEN])
    async def broken() -> None:
        await _make(store.collections)
        msg = "after the write"
        raise RuntimeError(msg)


async def _make(collections: CollectionStore) -> None:
    ref = CollectionRef("default", "made")
    await collections.put(ref, Kind.MEMBERS)
    assert (await collections.get(ref)).name == "made", CollectionNotFound
