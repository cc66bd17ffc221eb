"""Whatever deletes a face that AWS keeps, the database itself writes down that AWS's is to go too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from app.domain.collections import CollectionRef
from app.domain.faces import RemoteFace
from app.domain.members import MemberDraft, Origin
from app.recognisers.rekognition.recogniser import MODEL
from app.store.open import Store, open_store
from app.store.pool import everybody, open_pool
from tests.contract.stores import face

ACME = CollectionRef("acme", "staff")


@dataclass(frozen=True)
class Kept:
    """A member whose face AWS keeps, in a collection that was made there."""

    url: str
    store: Store
    face_id: str
    remote_id: str

    async def run(self, statement: str) -> None:
        """On behalf of nobody, as whoever mends a database by hand."""
        async with open_pool(self.url, size=1, timeout=5) as pool, everybody(pool) as conn:
            await conn.execute(statement.encode())

    async def doomed(self) -> list[tuple[CollectionRef, str, bool]]:
        return [(one.ref, one.remote_id, one.held) for one in await self.store.remote.claim_doomed(10)]

    async def alive(self) -> list[bool]:
        return [one.alive for one in await self.store.remote.collections()]


@pytest.fixture(params=["database_url", "pooled_url"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    url, remote_id = request.getfixturevalue(request.param), str(uuid4())
    async with open_store(url, pool_size=2, timeout=5) as store:
        await store.tenants.put("acme", "Acme")
        one, origin = RemoteFace(face("1 0 0 0").aligned, remote_id), Origin("0" * 64, "upload")
        face_id = await store.faces.keep(ACME, MemberDraft("ann"), one, origin, MODEL, replace=False)
        await store.remote.made(ACME, "acme.staff.0", "7.0")
        yield Kept(url, store, face_id, remote_id)


async def test_what_is_kept_is_not_doomed(kept: Kept) -> None:
    assert await kept.doomed() == []

    await kept.store.remote.doom(ACME, [kept.remote_id])

    assert await kept.doomed() == [(ACME, kept.remote_id, True)]


async def test_a_face_a_member_a_replaced_face_is_doomed(kept: Kept) -> None:
    other = RemoteFace(face("0 1 0 0").aligned, str(uuid4()))
    await kept.store.faces.keep(ACME, MemberDraft("ann"), other, Origin("1" * 64, "upload"), MODEL, replace=True)
    replaced = await kept.doomed()

    await kept.store.members.delete(ACME, "ann")

    assert replaced == [(ACME, kept.remote_id, False)]
    assert await kept.doomed() == [(ACME, other.remote_id, False)]
    assert await kept.alive() == [True]


async def test_a_collection_is_doomed_with_its_faces(kept: Kept) -> None:
    await kept.store.collections.delete(ACME)

    assert await kept.doomed() == [(ACME, kept.remote_id, False)]
    assert await kept.alive() == [False]


async def test_a_tenant_leaves_nothing_but_what_is_to_be_deleted(kept: Kept) -> None:
    await kept.store.tenants.delete("acme")

    assert await kept.doomed() == [(ACME, kept.remote_id, False)]
    assert await kept.alive() == [False]


@pytest.mark.parametrize("table", ["face", "member", "collection"])
async def test_nobody_gets_round_it(table: str, kept: Kept) -> None:
    await kept.run(f"delete from face.{table} where tenant_id = 'acme'")

    assert await kept.doomed() == [(ACME, kept.remote_id, False)]


async def test_another_id_in_the_place_of_one_dooms_that(kept: Kept) -> None:
    await kept.store.remote.renew(ACME, kept.face_id, str(uuid4()))

    assert await kept.doomed() == [(ACME, kept.remote_id, False)]
