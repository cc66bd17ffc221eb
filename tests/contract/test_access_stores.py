"""Tenants, keys and uses of tokens: the same in memory, in Postgres, and through a pooler."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from app.access_ports import KeyStore, TenantStore, TokenUses
from app.domain.access import Scope
from app.domain.errors import InvalidRequest, KeyNotFound, TenantNotFound
from app.domain.keys import KeyDraft, Quota
from app.store.open import open_store
from tests.fakes.access import FakeKeyStore, FakeTenantStore, FakeTokenUses

DRAFT = KeyDraft("CRM", frozenset({Scope.READ, Scope.ENROLL}), frozenset({"staff"}))
LATER = datetime.now(UTC) + timedelta(hours=1)


@dataclass(frozen=True)
class Stores:
    tenants: TenantStore
    keys: KeyStore
    uses: TokenUses


@pytest.fixture(params=["fake", "database_url", "pooled_url"])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "fake":
        tenants = FakeTenantStore()
        yield Stores(tenants, FakeKeyStore(tenants), FakeTokenUses())
        return
    async with open_store(request.getfixturevalue(request.param), pool_size=2, timeout=5) as store:
        yield Stores(store.tenants, store.keys, store.uses)


async def test_a_tenant_is_made_renamed_listed_and_deleted(at: Stores) -> None:
    made = await at.tenants.put("acme", "Acme")
    renamed = await at.tenants.put("acme", "Acme & Sons")

    assert (renamed.name, renamed.created_at) == ("Acme & Sons", made.created_at)
    assert await at.tenants.get("acme") == renamed
    first = await at.tenants.page("", 1)
    assert [tenant.tenant_id for tenant in first.items] == ["acme"]
    assert [tenant.tenant_id for tenant in (await at.tenants.page(first.next_cursor, 5)).items] == ["default"]
    await at.tenants.delete("acme")
    for refused in (at.tenants.get("acme"), at.tenants.delete("acme")):
        with pytest.raises(TenantNotFound):
            await refused


async def test_a_quota_stays_until_another_is_said(at: Stores) -> None:
    made = await at.tenants.put("acme", "Acme", Quota(max_members=5))
    more = await at.tenants.put("acme", "Acme", Quota(max_photos=7))
    none = await at.tenants.put("acme", "Acme", Quota(max_members=0))

    assert [(one.max_members, one.max_photos) for one in (made, more, none)] == [(5, 0), (5, 7), (0, 7)]
    assert (none.members, none.photos) == (0, 0)
    assert await at.tenants.get("acme") == none


async def test_a_key_is_found_by_its_digest_whosever_it_is(at: Stores) -> None:
    await at.tenants.put("acme", "")
    made = await at.keys.add("acme", DRAFT, "d1", "fk_live_abc")

    found = await at.keys.find("d1")
    used = await at.keys.get("acme", made.key_id)

    assert found
    assert (found.tenant, found.scopes, found.collections, found.expires_at) == (
        "acme", DRAFT.scopes, DRAFT.collections, None,
    )  # fmt: skip
    assert made.last_used_at is None
    assert used.last_used_at is not None
    assert await at.keys.find("d2") is None


async def test_a_key_of_a_tenant_that_is_not_there_is_not_made(at: Stores) -> None:
    with pytest.raises(TenantNotFound):
        await at.keys.add("nobody", DRAFT, "d1", "fk_live_abc")


async def test_a_key_is_revoked_once_and_stays_listed(at: Stores) -> None:
    made = await at.keys.add("default", DRAFT, "d1", "fk_live_abc")

    await at.keys.revoke("default", made.key_id)
    first = await at.keys.get("default", made.key_id)
    await at.keys.revoke("default", made.key_id)

    assert first.revoked_at is not None
    assert (await at.keys.get("default", made.key_id)).revoked_at == first.revoked_at
    assert (await at.keys.page("default", "", 5)).items == (await at.keys.get("default", made.key_id),)


@pytest.mark.parametrize("key_id", ["", "x", "00000000-0000-4000-8000-000000000000"])
async def test_a_key_that_is_not_there_is_not_found(key_id: str, at: Stores) -> None:
    for refused in (at.keys.get("default", key_id), at.keys.revoke("default", key_id)):
        with pytest.raises(KeyNotFound):
            await refused


async def test_a_key_of_another_tenant_is_not_there(at: Stores) -> None:
    await at.tenants.put("acme", "")
    theirs = await at.keys.add("acme", DRAFT, "d1", "fk_live_abc")

    for refused in (at.keys.get("default", theirs.key_id), at.keys.revoke("default", theirs.key_id)):
        with pytest.raises(KeyNotFound):
            await refused
    assert (await at.keys.page("default", "", 5)).items == ()


async def test_keys_are_listed_newest_first_a_page_at_a_time(at: Stores) -> None:
    made = [await at.keys.add("default", DRAFT, f"d{n}", "fk_live_abc") for n in range(3)]

    first = await at.keys.page("default", "", 2)
    second = await at.keys.page("default", first.next_cursor, 2)

    assert [key.key_id for key in (*first.items, *second.items)] == [key.key_id for key in reversed(made)]
    assert second.next_cursor == ""
    with pytest.raises(InvalidRequest):
        await at.keys.page("default", "nonsense", 2)


async def test_a_token_is_used_as_often_as_it_may_be(at: Stores) -> None:
    token = str(uuid4())

    uses = [await at.uses.count("default", token, 2, LATER) for _ in range(3)]

    assert uses == [True, True, False]
    assert await at.uses.count("default", str(uuid4()), 1, LATER)


async def test_tokens_that_have_ended_are_forgotten(database_url: str) -> None:
    async with open_store(database_url, pool_size=2, timeout=5) as store:
        await store.uses.count("default", str(uuid4()), 1, LATER)
        await store.uses.count("default", str(uuid4()), 1, LATER - timedelta(hours=3))

        await store.uses.forget_expired()

    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from face.upload_use").fetchone() == (1,)
