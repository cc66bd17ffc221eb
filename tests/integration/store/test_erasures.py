"""Somebody forgotten on a real Postgres: all at once or not at all, whoever works beside it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest

from app.domain.collections import CollectionRef
from app.domain.erasure import Erasure, Pseudonym, Removed, StoredPicture, Subject
from app.domain.errors import MemberNotFound, RekognitionUnavailable, SourceUnavailable
from app.domain.faces import RemoteFace
from app.domain.items import Enrolment, Entry
from app.domain.jobs import Failure, JobKind, JobState, Order, Progress
from app.domain.members import MemberDraft, Origin
from app.domain.storage import Folder
from app.services.erase import Erase
from app.store.open import Store, open_store
from app.tokens.receipts import SignedReceipts
from tests.contract.stores import MODEL, face

STAFF = CollectionRef("default", "staff")
ANA = Subject(STAFF, "ana")
UPLOADS = {"folder": "local://uploads/", "key": "default/1", "source": "upload", "name": "ana.jpg"}
HERS = Pseudonym("k", "hidden")


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5) as store:
        await enrol(store, "ana")
        yield store


async def enrol(store: Store, member_id: str, vector: str = "1 0 0 0", ref: CollectionRef = STAFF) -> None:
    origin = Origin(f"digest-of-{member_id}-{vector}", "upload")
    await store.faces.keep(ref, MemberDraft(member_id), face(vector), origin, MODEL, replace=False)


class Settled:
    """What is done at the end. removed: what was to go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.removed: list[Removed] = []

    async def __call__(self, removed: Removed) -> tuple[Pseudonym, Erasure]:
        self.removed.append(removed)
        if self.error:
            raise self.error
        return HERS, Erasure(str(uuid4()), datetime.now(UTC), removed.counts, "receipt")


def found(*names: str) -> dict[str, Any]:
    matches = [{"member_id": name} for name in names]
    return {"faces_detected": len(names), "matches": matches, "faces": [{"matches": [match]} for match in matches]}


async def kept_at_aws(store: Store) -> str:
    """A face of Ana's, by the id that AWS gave it."""
    kept = RemoteFace(face("0 1 0 0").aligned, str(uuid4()))
    await store.faces.keep(STAFF, MemberDraft("ana"), kept, Origin("d", "upload"), MODEL, replace=True)
    return kept.remote_id


async def analysis(store: Store) -> str:
    """One that is under way."""
    job = await store.jobs.open("default", Order(JobKind.ANALYSIS, "staff", UPLOADS))
    await store.jobs.start("default", job.job_id)
    return job.job_id


async def test_where_a_picture_cannot_be_deleted_nothing_is_forgotten(store: Store) -> None:
    job_id = await analysis(store)
    await store.jobs.finish("default", job_id, found("ana"), Progress(1, 1, 0))
    failing, settled = Settled(SourceUnavailable()), Settled()

    with pytest.raises(SourceUnavailable):
        await store.erasures.erase(ANA, failing, None)

    assert (await store.members.get(STAFF, "ana")).faces == 1
    assert (await store.jobs.get("default", job_id)).result == found("ana")
    assert await store.erasures.erased(STAFF, [HERS]) is None
    erasure = await store.erasures.erase(ANA, settled, None)
    [removed] = settled.removed
    assert removed.pictures == [StoredPicture(Folder.parse("local://uploads/"), "default/1")]
    kept = await store.erasures.erased(STAFF, [Pseudonym("other", "x"), HERS])
    assert erasure
    assert kept == replace(erasure, already=True)
    with pytest.raises(MemberNotFound):
        await store.members.get(STAFF, "ana")


async def test_where_aws_keeps_a_copy_that_cannot_be_deleted_nothing_is_forgotten(store: Store) -> None:
    remote_id = await kept_at_aws(store)
    failing = Settled(RekognitionUnavailable())

    with pytest.raises(RekognitionUnavailable):
        await store.erasures.erase(ANA, failing, None)

    assert [removed.copies for removed in failing.removed] == [[remote_id]]
    assert (await store.members.get(STAFF, "ana")).faces == 1


async def test_a_receipt_owns_up_to_copies_where_aws_is_not_set_any_more(store: Store) -> None:
    await kept_at_aws(store)
    signer, nothing = SignedReceipts([b"0" * 32], "tests"), cast("Any", None)

    erasure = await Erase(store.erasures, signer, nothing, store.galleries, nothing)(ANA, "1")

    assert (erasure.counts["aws_faces"], erasure.counts["aws_faces_left"]) == (0, 1)
    assert signer.read(erasure.receipt)["erased"] == erasure.counts


async def test_an_analysis_that_ends_later_names_nobody_who_was_erased_meanwhile(store: Store) -> None:
    await enrol(store, "bob")
    job_id = await analysis(store)
    await store.erasures.erase(ANA, Settled(), None)

    await store.jobs.finish("default", job_id, found("ana", "bob"), Progress(1, 1, 0))

    assert (await store.jobs.get("default", job_id)).result == {**found("bob"), "faces_detected": 2}


async def test_a_picture_of_theirs_that_a_worker_has_in_hand_comes_too_late(store: Store) -> None:
    job = await store.jobs.open("default", Order(JobKind.INDEX, "staff", {}))
    await store.jobs.start("default", job.job_id)
    await store.items.enlist("default", job.job_id, [Entry("ana/1.jpg", "1", "ana")])
    await store.items.listed("default", job.job_id, 1, 0)
    [item] = (await store.items.page("default", job.job_id, "", 10, state=None)).items
    [claimed] = await store.items.claim("default", job.job_id, [item.item_id])

    erasure = await store.erasures.erase(ANA, Settled(), None)

    assert erasure
    assert erasure.counts["job_items"] == 1
    assert not await store.items.enrol(STAFF, job.job_id, claimed, _enrolment())
    await store.items.fail("default", job.job_id, claimed, Failure("x", "y"), None)
    assert (await store.jobs.get("default", job.job_id)).state is JobState.DONE
    with pytest.raises(MemberNotFound):
        await store.members.get(STAFF, "ana")


async def test_of_many_who_ask_at_once_one_erases(store: Store) -> None:
    erasures = await asyncio.gather(*(store.erasures.erase(ANA, Settled(), None) for _ in range(4)))

    assert len([one for one in erasures if one]) == 1


async def test_somebody_of_the_same_id_elsewhere_stays(store: Store) -> None:
    others = CollectionRef("default", "others")
    await enrol(store, "ana", ref=others)
    other = await store.jobs.open("default", Order(JobKind.ANALYSIS, "others", UPLOADS))
    await store.jobs.start("default", other.job_id)
    await store.jobs.finish("default", other.job_id, found("ana"), Progress(1, 1, 0))

    await store.erasures.erase(ANA, Settled(), None)

    assert (await store.members.get(others, "ana")).faces == 1
    assert (await store.jobs.get("default", other.job_id)).result == found("ana")


async def test_an_id_that_is_a_word_of_a_result_is_not_taken_for_a_name_in_it(store: Store) -> None:
    await enrol(store, "matches")
    job_id = await analysis(store)
    await store.jobs.finish("default", job_id, found("ana"), Progress(1, 1, 0))

    erasure = await store.erasures.erase(Subject(STAFF, "matches"), Settled(), None)

    assert erasure
    assert {kind for kind, count in erasure.counts.items() if count} == {"members", "faces"}
    assert (await store.jobs.get("default", job_id)).result == found("ana")


async def test_what_was_said_of_somebody_who_was_only_deleted_is_erased_too(store: Store) -> None:
    job_id = await analysis(store)
    await store.jobs.finish("default", job_id, found("ana"), Progress(1, 1, 0))
    await store.members.delete(STAFF, "ana")

    erasure = await store.erasures.erase(ANA, Settled(), None)

    assert erasure
    assert {kind for kind, count in erasure.counts.items() if count} == {"analyses", "stored_pictures"}
    assert await store.erasures.erase(ANA, Settled(), None) is None


async def test_an_erasure_is_its_tenant_s_own(store: Store) -> None:
    await store.tenants.put("neighbour", "")
    await store.erasures.erase(ANA, Settled(), None)

    assert await store.erasures.erased(CollectionRef("neighbour", "staff"), [HERS]) is None


def _enrolment() -> Enrolment:
    return Enrolment(MemberDraft("ana"), face("0 1 0 0"), Origin("d", "s3://b/k"), MODEL, replace=False)
