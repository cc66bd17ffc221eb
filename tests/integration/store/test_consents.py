"""Consents in a real Postgres: where one is required, no face is kept without it, whatever way it comes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.domain.collections import Kind, Rules
from app.domain.consents import ConsentDraft, LegalBasis
from app.domain.errors import CollectionNotFound, ConsentNotFound, ConsentRequired, MemberNotFound
from app.domain.members import MemberDraft, Origin
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, OTHER_MODEL, SEAL, STAFF, face

GYM = ConsentDraft(LegalBasis.CONSENT, "Entry to the gym", evidence="form 17")
NOW = datetime.now(UTC)
LAPSED = [
    replace(GYM, given_at=NOW - timedelta(days=2), expires_at=NOW - timedelta(days=1)),
    replace(GYM, given_at=NOW - timedelta(days=2), expires_at=NOW - timedelta(seconds=1)),
]


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """With a collection that requires consent."""
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5, seal=SEAL) as store:
        await store.collections.put(STAFF, Kind.MEMBERS, Rules(consent_required=True))
        yield store


async def enrol(store: Store, consent: ConsentDraft | None = None, picture: str = "1 0 0 0") -> str:
    draft = MemberDraft("ann", consent=consent)
    return await store.faces.keep(STAFF, draft, face(picture), Origin(picture, "upload"), MODEL, replace=False)


async def test_without_a_consent_nothing_is_kept_not_even_the_member(store: Store) -> None:
    with pytest.raises(ConsentRequired):
        await enrol(store)

    with pytest.raises(MemberNotFound):
        await store.members.get(STAFF, "ann")


@pytest.mark.parametrize("draft", LAPSED)
async def test_a_consent_that_has_ended_is_none(store: Store, draft: ConsentDraft) -> None:
    with pytest.raises(ConsentRequired):
        await enrol(store, draft)


async def test_a_consent_may_come_with_the_face_or_before_it(store: Store) -> None:
    await enrol(store, GYM)
    given = await store.consents.give(STAFF, "ben", GYM)
    ben = MemberDraft("ben")
    await store.faces.keep(STAFF, ben, face("0 1 0 0"), Origin("b", "upload"), MODEL, replace=False)

    (kept,) = (await store.consents.page(STAFF, "ann", "", 10)).items
    assert (kept.basis, kept.purpose, kept.evidence, kept.is_valid) == ("consent", "Entry to the gym", "form 17", True)
    assert given.is_valid
    assert await store.faces.size(STAFF) == 2


async def test_the_same_consent_is_kept_once_and_does_not_come_back(store: Store) -> None:
    signed = replace(GYM, given_at=NOW - timedelta(hours=1))
    first = await store.consents.give(STAFF, "ann", signed)
    await store.consents.withdraw(STAFF, "ann", first.consent_id)
    again = await store.consents.give(STAFF, "ann", signed)

    assert (again.consent_id, again.is_valid) == (first.consent_id, False)
    with pytest.raises(ConsentRequired):
        await enrol(store)


async def test_a_withdrawal_deletes_the_faces_and_keeps_the_proof(store: Store) -> None:
    await enrol(store, GYM)
    await enrol(store, picture="0 1 0 0")
    (consent,) = (await store.consents.page(STAFF, "ann", "", 10)).items

    done = await store.consents.withdraw(STAFF, "ann", consent.consent_id)
    again = await store.consents.withdraw(STAFF, "ann", consent.consent_id)

    assert (done.faces_deleted, again.faces_deleted) == (2, 0)
    assert again.consent == done.consent
    assert done.consent.withdrawn_at
    assert await store.faces.size(STAFF) == 0
    assert (await store.members.get(STAFF, "ann")).faces == 0


async def test_another_valid_consent_keeps_the_faces(store: Store) -> None:
    await enrol(store, GYM)
    other = await store.consents.give(STAFF, "ann", replace(GYM, basis=LegalBasis.CONTRACT, purpose="Membership"))

    assert (await store.consents.withdraw(STAFF, "ann", other.consent_id)).faces_deleted == 0
    assert await store.faces.size(STAFF) == 1


async def test_a_face_never_outlives_a_withdrawal_that_came_at_the_same_time(store: Store) -> None:
    consent = await store.consents.give(STAFF, "ann", GYM)

    pictures = [f"1 {n} 0 0" for n in range(1, 9)]
    enrolments = [enrol(store, picture=picture) for picture in pictures]
    results = await asyncio.gather(
        *enrolments[:4],
        store.consents.withdraw(STAFF, "ann", consent.consent_id),
        *enrolments[4:],
        return_exceptions=True,
    )

    assert not [one for one in results if isinstance(one, BaseException) and not isinstance(one, ConsentRequired)]
    assert await store.faces.size(STAFF) == 0


async def test_faces_of_before_stay_and_can_be_brought_to_another_model(store: Store, database_url: str) -> None:
    await store.collections.put(STAFF, Kind.MEMBERS, Rules(consent_required=False))
    await enrol(store)
    await store.collections.put(STAFF, Kind.MEMBERS, Rules(consent_required=True))

    assert await enrol(store), "the same picture again keeps nothing new"
    with pytest.raises(ConsentRequired):
        await enrol(store, picture="0 1 0 0")
    with psycopg.connect(database_url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        conn.execute(
            "insert into face.model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)"
            " values ('default', 'heavy', 'bb', 4, '', true)"
        )
        conn.execute(
            "insert into face.face (tenant_id, collection, member_id, model_id, digest, embedding, box_left, box_top,"
            " box_width, box_height, landmarks, det_score, quality, reasons, source)"
            " select f.tenant_id, collection, member_id, m.model_id, digest, embedding, 0, 0, 1, 1, landmarks, 1, 1,"
            " reasons, source from face.face f, face.model m where m.name = 'heavy'"
        )
    assert OTHER_MODEL.name == "heavy"


async def test_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(CollectionNotFound):
        await store.consents.give(replace(STAFF, name="nowhere"), "ann", GYM)
    with pytest.raises(MemberNotFound):
        await store.consents.page(STAFF, "ann", "", 10)
    for consent_id in ("x", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(ConsentNotFound):
            await store.consents.withdraw(STAFF, "ann", consent_id)
