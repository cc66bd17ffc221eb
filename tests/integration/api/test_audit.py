"""Who did what, over HTTP, on a real database."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app as command_line
from tests.integration.api.test_idempotency import served

ANA = {"image_base64": b64encode(b"ann").decode(), "member_id": "client 4711", "collection": "staff"}
"""The fakes see Ann in the picture «ann»."""
NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with served(database_url) as client:
        yield client


async def entries(client: httpx2.AsyncClient, **asked: str) -> list[dict[str, Any]]:
    answer = await client.get("/audit", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def key_of(client: httpx2.AsyncClient, *scopes: str) -> dict[str, str]:
    made = await client.post("/keys", json={"name": "CRM", "scopes": scopes})
    return {"X-API-Key": made.json()["key"]}


async def test_what_is_done_is_written_down_with_who_when_and_how_it_ended(client: httpx2.AsyncClient) -> None:
    key = await key_of(client, "enroll", "identify")
    enrolled = await client.post("/enroll", json=ANA, headers=key | {"X-Request-ID": "order-7"})
    searched = await client.post("/identify", json={**ANA, "member_id": ""} | {"collection": "staff"}, headers=key)
    denied = await client.delete("/members/client 4711?collection=staff", headers=key)
    wrong = await client.post("/enroll", json={"member_id": "ana"}, headers=key)

    assert (enrolled.status_code, searched.status_code, denied.status_code, wrong.status_code) == (201, 200, 403, 422)
    lines = await entries(client, actor=key["X-API-Key"][:14])
    told = [(line["action"], line["collection"], line["status"], line["outcome"]) for line in lines]
    assert told == [
        ("EnrollFace", "staff", 201, "done"),
        ("IdentifyFace", "staff", 200, "done"),
        ("DeleteMember", "", 403, "forbidden"),
        ("EnrollFace", "default", 422, "image_missing"),
    ]
    assert lines[0]["request_id"] == "order-7"
    assert lines[0]["subjects"] == lines[1]["subjects"] == lines[2]["subjects"] != []


async def test_a_member_is_found_by_the_id_which_stands_nowhere(client: httpx2.AsyncClient, database_url: str) -> None:
    await client.post("/enroll", json=ANA)
    await client.post("/verify", json=ANA)
    await client.get("/members/client 4711", params={"collection": "staff"})

    await entries(client, member_id="client 4711")
    found = await entries(client, member_id="client 4711")
    kept = dumped(database_url)

    assert [line["action"] for line in found] == ["EnrollFace", "VerifyFace", "GetMember", "ListAudit"]
    assert await entries(client, member_id="client 4712") == []
    assert "4711" not in kept
    assert ANA["image_base64"] not in kept
    assert not re.search(r"\[-?0\.\d+,", kept)


def dumped(url: str) -> str:
    """All that the tables of the log hold."""
    with psycopg.connect(url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        tables = ("audit", "audit_book", "audit_key")
        rows = [conn.execute(f"select to_jsonb(t)::text from face.{name} t".encode()).fetchall() for name in tables]
    assert all(rows)
    return json.dumps(rows)


async def test_reading_what_shows_nobody_and_being_nobody_is_not_written_down(client: httpx2.AsyncClient) -> None:
    await client.get("/collections")
    await client.get("/health")
    await client.post("/enroll", json=ANA, headers={"X-API-Key": "fk_live_unknown"})

    assert await entries(client) == []


async def test_what_is_answered_again_is_written_down_once(client: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await client.put("/webhooks/crm", json={"url": "https://crm.example/"}, headers={"Idempotency-Key": "k"})

    assert [line["target"] for line in await entries(client, action="PutWebhook")] == ["crm"]


async def test_an_answer_that_could_not_be_written_down_is_not_given(
    client: httpx2.AsyncClient, database_url: str
) -> None:
    await client.post("/enroll", json=ANA)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("alter table face.audit_book add constraint shut check (sequence < 2)")
        searched = await client.post("/verify", json=ANA)
        conn.execute("alter table face.audit_book drop constraint shut")

    assert searched.status_code == 500
    assert "similarity" not in searched.text


async def test_the_log_is_verified_over_http(client: httpx2.AsyncClient) -> None:
    await client.post("/enroll", json=ANA)
    first = (await client.get("/audit/verify")).json()
    await client.post("/enroll", json=ANA)
    anchor = {"sequence": first["head"]["sequence"], "hash": first["head"]["hash"]}
    later = (await client.get("/audit/verify", params=anchor)).json()
    wrong = (await client.get("/audit/verify", params=anchor | {"hash": "0" * 64})).json()
    half = await client.get("/audit/verify", params={"sequence": 1})

    assert (first["whole"], first["checked"], first["broken_at"], first["why"]) == (True, 1, 0, "")
    assert (later["whole"], later["checked"], later["start"]) == (True, 1, anchor)
    assert (wrong["whole"], wrong["broken_at"]) == (False, 2)
    assert (half.status_code, half.json()["code"]) == (422, "invalid_request")


async def test_an_export_is_verified_without_the_database(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    for _ in range(3):
        await client.post("/enroll", json=ANA)
    export, changed = tmp_path / "audit.ndjson", tmp_path / "changed.ndjson"
    exported = await client.get("/audit", headers=NDJSON)
    export.write_text(exported.text, "utf-8")
    changed.write_text(exported.text.replace("EnrollFace", "VerifyFace", 1), "utf-8")
    head = json.loads(exported.text.splitlines()[-1])
    run = CliRunner().invoke

    whole = run(command_line, ["audit", "verify", str(export)])
    anchored = run(command_line, ["audit", "verify", str(export), "--anchor", f"{head['sequence']}:{head['hash']}"])
    broken = run(command_line, ["audit", "verify", str(changed)])

    assert exported.headers["content-type"].startswith("application/x-ndjson")
    assert (whole.exit_code, whole.output) == (0, f"Whole: 4 lines. Head: 4:{head['hash']}\n")
    assert anchored.exit_code == 0
    assert (broken.exit_code, broken.output) == (1, "Broken: Line 1 was changed.\n")


async def test_the_log_is_for_who_may_manage_keys(client: httpx2.AsyncClient) -> None:
    reader, admin = await key_of(client, "read", "manage"), await key_of(client, "admin")

    assert (await client.get("/audit", headers=reader)).status_code == 403
    assert (await client.get("/audit", headers=admin)).status_code == 200
    assert [line["status"] for line in await entries(client, action="ListAudit")] == [403, 200]
