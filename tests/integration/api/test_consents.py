"""Consents over HTTP, on a real database and with real faces drawn for nobody."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.integration.api.test_idempotency import served

GYM = {"purpose": "Entry to the gym", "evidence": "https://forms.example/17"}
ANN = "/members/ann/consents?collection=staff"


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with served(database_url) as client:
        made = await client.put("/collections/staff", json={"consent_required": True, "retention_days": 365})
        assert (made.json()["consent_required"], made.json()["retention_days"]) == (True, 365)
        yield client


async def test_a_consent_is_given_shown_and_withdrawn(client: httpx2.AsyncClient) -> None:
    given = await client.post(ANN, json=GYM)
    path = f"/members/ann/consents/{given.json()['consent_id']}?collection=staff"
    withdrawn = await client.delete(path)
    shown = await client.get(ANN)

    assert given.status_code == 201
    assert given.json()["is_valid"]
    assert (withdrawn.status_code, withdrawn.json()["is_valid"], withdrawn.json()["faces_deleted"]) == (200, False, 0)
    (consent,) = shown.json()["consents"]
    assert consent["withdrawn_at"] == withdrawn.json()["withdrawn_at"]


async def test_what_is_done_to_a_consent_is_in_the_log(client: httpx2.AsyncClient) -> None:
    given = await client.post(ANN, json=GYM)
    await client.delete(f"/members/ann/consents/{given.json()['consent_id']}?collection=staff")

    lines = (await client.get("/audit", params={"member_id": "ann"})).json()["entries"]
    assert [line["action"] for line in lines] == ["GiveConsent", "WithdrawConsent"]


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        ({}, "purpose"),
        ({**GYM, "basis": "because"}, "basis"),
        ({**GYM, "given_at": "2100-01-01T00:00:00Z"}, "body"),
        ({**GYM, "given_at": "2026-01-01T00:00:00Z", "expires_at": "2025-01-01T00:00:00Z"}, "body"),
        ({**GYM, "expires_at": "2030-01-01T00:00:00"}, "expires_at"),
        ({**GYM, "purpose": "x" * 501}, "purpose"),
        ({**GYM, "evidence": "a\u0000b"}, "evidence"),
    ],
)
async def test_a_bad_consent_is_refused(client: httpx2.AsyncClient, consent: dict[str, Any], field: str) -> None:
    refused = await client.post(ANN, json=consent)

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_a_consent_is_the_business_of_who_may_enrol(client: httpx2.AsyncClient) -> None:
    made = await client.post("/keys", json={"name": "CRM", "scopes": ["read", "identify"]})
    refused = await client.post(ANN, json=GYM, headers={"X-API-Key": made.json()["key"]})

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_the_operator_sees_and_sets_what_a_tenant_may_keep(client: httpx2.AsyncClient) -> None:
    made = await client.put("/tenants/default", json={"max_members": 1, "max_photos": 9})
    first = await client.post(ANN, json=GYM)
    refused = await client.post("/members/ben/consents?collection=staff", json=GYM)
    shown = (await client.get("/tenants/default")).json()
    wrong = await client.put("/tenants/default", json={"max_members": -1})

    assert (made.status_code, first.status_code) == (200, 201)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert {name: shown[name] for name in ("members", "photos", "max_members", "max_photos")} == {
        "members": 1,
        "photos": 0,
        "max_members": 1,
        "max_photos": 9,
    }
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")
