"""What every FaceStore must do."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.collections import CollectionRef, Kind
from app.domain.errors import CollectionNotFound, InvalidRequest, MemberNotFound, ModelMismatch
from app.domain.members import MemberDraft, Origin
from tests.contract.stores import DEFAULT, MODEL, OTHER_MODEL, STAFF, Stores, face, probe


async def test_an_enrolled_face_is_found_in_its_collection_and_in_no_other(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0", into=STAFF)

    assert await stores.found("1 0 0 0", ref=STAFF) == "ann 1.00"
    assert await stores.found("1 0 0 0", ref=DEFAULT) == ""


async def test_a_tenant_sees_nothing_of_another_with_the_same_names(stores: Stores) -> None:
    neighbours = CollectionRef("neighbour", STAFF.name)
    await stores.enrol("ann", "1 0 0 0", into=STAFF)
    await stores.enrol("bob", "1 0 0 0", into=neighbours)

    assert await stores.found("1 0 0 0", ref=STAFF) == "ann 1.00"
    assert await stores.found("1 0 0 0", ref=neighbours) == "bob 1.00"


async def test_enrolling_makes_the_collection_and_the_member(stores: Stores) -> None:
    draft = MemberDraft("ann", "Ann", {"team": ["a", 1, None]})

    face_id = await stores.faces.keep(STAFF, draft, face("1 0 0 0"), Origin("d1", "upload"), MODEL, replace=False)

    member = await stores.members.get(STAFF, "ann")
    collection = await stores.collections.get(STAFF)
    assert str(UUID(face_id)) == face_id
    assert (member.name, member.metadata, member.faces) == ("Ann", {"team": ["a", 1, None]}, 1)
    assert (collection.kind, collection.model, collection.members, collection.faces) == (Kind.MEMBERS, "lite", 1, 1)


async def test_enrolling_again_without_a_name_leaves_name_and_metadata(stores: Stores) -> None:
    named = MemberDraft("ann", "Ann", {"team": "a"})
    await stores.faces.keep(STAFF, named, face("1 0 0 0"), Origin("d1", "upload"), MODEL, replace=False)

    await stores.enrol("ann", "0 1 0 0")

    member = await stores.members.get(STAFF, "ann")
    assert (member.name, member.metadata, member.faces) == ("Ann", {"team": "a"}, 2)


async def test_the_same_picture_of_the_same_member_is_kept_once(stores: Stores) -> None:
    first = await stores.enrol("ann", "1 0 0 0")

    assert await stores.enrol("ann", "1 0 0 0") == first
    assert await stores.enrol("bob", "1 0 0 0") != first
    assert (await stores.members.get(STAFF, "ann")).faces == 1


async def test_the_same_picture_enrolled_many_times_at_once_is_kept_once(stores: Stores) -> None:
    ids = await asyncio.gather(*(stores.enrol("ann", "1 0 0 0") for _ in range(12)))

    assert len(set(ids)) == 1
    assert (await stores.collections.get(STAFF)).faces == 1


async def test_many_members_can_be_enrolled_at_once(stores: Stores) -> None:
    await asyncio.gather(*(stores.enrol(f"m{n}", f"1 {n} 0 0") for n in range(24)))

    collection = await stores.collections.get(STAFF)
    assert (collection.members, collection.faces) == (24, 24)


async def test_replacing_drops_the_other_faces_of_that_member_only(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("bob", "1 0 0 0")

    await stores.enrol("ann", "0 1 0 0", replace=True)

    assert await stores.found("1 0 0 0") == "bob 1.00, ann 0.00"


async def test_replacing_with_a_picture_that_is_kept_already_keeps_its_id(stores: Stores) -> None:
    first = await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("ann", "0 1 0 0")

    assert await stores.enrol("ann", "1 0 0 0", replace=True) == first
    assert (await stores.members.get(STAFF, "ann")).faces == 1


async def test_members_are_ranked_by_the_best_of_their_faces(stores: Stores) -> None:
    for vector in ("1 0.1 0 0", "1 0.2 0 0", "1 0.3 0 0", "0 0 1 0"):
        await stores.enrol("ann", vector)
    await stores.enrol("bob", "0.8 0.6 0 0")
    await stores.enrol("eve", "-1 0 0 0")

    assert await stores.found("1 0 0 0") == "ann 1.00, bob 0.80, eve -1.00"
    assert await stores.found("1 0 0 0", limit=2) == "ann 1.00, bob 0.80"


async def test_a_candidate_names_the_face_that_was_nearest(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    side = await stores.enrol("ann", "0 1 0 0")

    ((best,),) = await stores.faces.nearest(STAFF, [probe("0 1 0 0")], MODEL, 5)

    assert best.face_id == side
    assert best.similarity <= 1.0


async def test_every_probe_has_its_own_answer_in_the_order_asked(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("bob", "0 1 0 0")

    answers = await stores.faces.nearest(STAFF, [probe("0 1 0 0"), probe("1 0 0 0"), probe("0 1 0 0")], MODEL, 1)

    assert [[found.member_id for found in answer] for answer in answers] == [["bob"], ["ann"], ["bob"]]
    assert await stores.faces.nearest(STAFF, [], MODEL, 1) == []


async def test_searching_a_collection_that_is_not_there_is_refused(stores: Stores) -> None:
    with pytest.raises(CollectionNotFound):
        await stores.found("1 0 0 0")
    with pytest.raises(CollectionNotFound):
        await stores.faces.best_of(STAFF, "ann", probe("1 0 0 0"), MODEL)


async def test_the_default_collection_is_there_and_empty_from_the_start(stores: Stores) -> None:
    assert await stores.found("1 0 0 0", ref=DEFAULT) == ""


async def test_a_collection_takes_faces_of_one_model_only(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")

    with pytest.raises(ModelMismatch):
        await stores.enrol("bob", "1 0 0 0 0 0", model=OTHER_MODEL)
    with pytest.raises(ModelMismatch):
        await stores.found("1 0 0 0 0 0", model=OTHER_MODEL)
    with pytest.raises(ModelMismatch):
        await stores.faces.best_of(STAFF, "ann", probe("1 0 0 0 0 0"), OTHER_MODEL)
    assert (await stores.collections.get(STAFF)).members == 1


async def test_packs_with_the_same_recogniser_are_the_same_model(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")

    assert await stores.found("1 0 0 0", model=replace(MODEL, name="lite-renamed")) == "ann 1.00"


async def test_an_emptied_collection_takes_another_model(stores: Stores) -> None:
    face_id = await stores.enrol("ann", "1 0 0 0")
    await stores.members.delete_face(STAFF, face_id)

    assert (await stores.collections.get(STAFF)).model == ""
    assert await stores.found("1 0 0 0 0 0", model=OTHER_MODEL) == ""
    await stores.enrol("ann", "1 0 0 0 0 0", model=OTHER_MODEL)

    assert (await stores.collections.get(STAFF)).model == "heavy"


async def test_of_two_first_faces_by_different_models_one_is_refused(stores: Stores) -> None:
    models = [MODEL, OTHER_MODEL] * 6
    vectors = {4: "1 0 0 0", 6: "1 0 0 0 0 0"}

    tries = (stores.enrol(f"m{n}", vectors[model.dimensions], model=model) for n, model in enumerate(models))
    answers = await asyncio.gather(*tries, return_exceptions=True)

    kept = {model.name for model, answer in zip(models, answers, strict=True) if isinstance(answer, str)}
    refused = [answer for answer in answers if not isinstance(answer, str)]
    assert kept == {(await stores.collections.get(STAFF)).model}
    assert [type(answer) for answer in refused] == [ModelMismatch] * 6


async def test_a_member_is_verified_by_the_best_of_their_faces(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("ann", "0.6 0.8 0 0")

    assert await stores.faces.best_of(STAFF, "ann", probe("0 1 0 0"), MODEL) == pytest.approx(0.8, abs=1e-3)


async def test_a_member_without_faces_cannot_be_verified(stores: Stores) -> None:
    face_id = await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("bob", "1 0 0 0")
    await stores.members.delete_face(STAFF, face_id)

    for member_id in ("ann", "nobody"):
        with pytest.raises(MemberNotFound):
            await stores.faces.best_of(STAFF, member_id, probe("1 0 0 0"), MODEL)


@pytest.mark.parametrize(
    "draft",
    [MemberDraft("a\0b"), MemberDraft("ann", name="A\0"), MemberDraft("ann", metadata={"note": ["\0"]})],
    ids=["id", "name", "metadata"],
)
async def test_a_nul_character_is_refused_and_nothing_is_kept(stores: Stores, draft: MemberDraft) -> None:
    with pytest.raises(InvalidRequest):
        await stores.faces.keep(DEFAULT, draft, face("1 0 0 0"), Origin("d1", "upload"), MODEL, replace=False)

    assert (await stores.collections.get(DEFAULT)).members == 0


async def test_the_size_counts_faces_of_that_collection_alone(stores: Stores) -> None:
    assert await stores.faces.size(STAFF) == 0

    await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("ann", "0 1 0 0")
    await stores.enrol("bob", "0 0 1 0")
    await stores.enrol("eve", "0 0 0 1", into=DEFAULT)

    assert (await stores.faces.size(STAFF), await stores.faces.size(DEFAULT)) == (3, 1)
