"""Quotas in a real Postgres: never one more than is allowed, however many come at the same time."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.domain.collections import CollectionRef
from app.domain.consents import ConsentDraft, LegalBasis
from app.domain.errors import QuotaExceeded
from app.domain.galleries import Basis, GalleryDraft, GalleryRef
from app.domain.jobs import JobKind, Order
from app.domain.keys import Quota
from app.domain.members import MemberDraft, Origin
from app.domain.storage import Folder, StoredObject
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, STAFF, face

REF = GalleryRef("default", "wedding")
BASIS = Basis(MODEL, threshold=0.4, review_margin=0.1, max_faces=10)


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with open_store(request.getfixturevalue(request.param), pool_size=8, timeout=10) as store:
        await store.tenants.put("default", "", Quota(max_members=3, max_photos=2))
        yield store


async def enrol(store: Store, member_id: str, ref: CollectionRef = STAFF, picture: str = "1 0 0 0") -> str:
    origin = Origin(picture, "upload")
    return await store.faces.keep(ref, MemberDraft(member_id), face(picture), origin, MODEL, replace=False)


async def test_of_many_at_once_only_so_many_are_kept(store: Store) -> None:
    refs = [STAFF, CollectionRef("default", "guests")]
    done = await asyncio.gather(*(enrol(store, str(n), refs[n % 2]) for n in range(12)), return_exceptions=True)

    refused = [one for one in done if isinstance(one, BaseException)]
    assert {type(one) for one in refused} == {QuotaExceeded}
    assert (len(refused), (await store.tenants.get("default")).members) == (9, 3)
    assert str(refused[0]) == "The tenant has as many members as it may have."


async def test_whoever_is_there_may_have_more_faces(store: Store) -> None:
    for member_id in ("ann", "ben", "eve"):
        await enrol(store, member_id)

    await enrol(store, "ann", picture="0 1 0 0")
    with pytest.raises(QuotaExceeded):
        await store.consents.give(STAFF, "zoe", ConsentDraft(LegalBasis.CONTRACT, "Gym"))
    assert await store.faces.size(STAFF) == 4


async def test_room_is_made_by_deleting_and_by_the_operator(store: Store) -> None:
    for member_id in ("ann", "ben", "eve"):
        await enrol(store, member_id)
    await store.members.delete(STAFF, "ann")
    await enrol(store, "zoe")
    await store.tenants.put("default", "", Quota(max_members=1))
    with pytest.raises(QuotaExceeded):
        await enrol(store, "ann")
    await store.tenants.put("default", "", Quota(max_members=0))
    await enrol(store, "ann")

    assert (await store.tenants.get("default")).members == 4


async def test_a_listing_of_too_many_photos_adds_none(store: Store) -> None:
    await store.galleries.put(REF, GalleryDraft(Folder.parse("s3://photos/wedding/")))
    job = await store.jobs.open("default", Order(JobKind.GALLERY, "wedding", {}))

    async def enlist(*names: str) -> int:
        objects = [StoredObject(f"wedding/{name}", "1", 1) for name in names]
        return await store.photos.enlist(REF, job.job_id, objects, BASIS, force=False)

    assert await enlist("a.jpg") == 1
    with pytest.raises(QuotaExceeded, match="as many photos as"):
        await enlist("b.jpg", "c.jpg")
    assert (await store.tenants.get("default")).photos == 1
    assert await enlist("a.jpg", "b.jpg") >= 1


async def test_another_tenants_quota_is_its_own(store: Store) -> None:
    await store.tenants.put("acme", "", Quota(max_members=1))
    for member_id in ("ann", "ben", "eve"):
        await enrol(store, member_id)

    await enrol(store, "ann", CollectionRef("acme", "staff"))
    with pytest.raises(QuotaExceeded):
        await enrol(store, "ben", CollectionRef("acme", "staff"))
