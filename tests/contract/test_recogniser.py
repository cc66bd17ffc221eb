"""What every Recogniser must do."""

import pytest

from app.domain.collections import CollectionRef
from app.domain.errors import CollectionNotFound, ImageUnreadable, MemberNotFound
from app.domain.faces import Attributes
from app.domain.members import MemberDraft
from tests.contract.recognisers import MEMBERS, World

ANN, BOB = MemberDraft("ann", "Ann"), MemberDraft("bob", "Bob")


async def test_a_face_is_seen_where_there_is_one(world: World) -> None:
    assert len((await world.recogniser.see(world.ann)).faces) == 1
    assert (await world.recogniser.see(world.nobody)).faces == ()


async def test_attributes_are_guessed_for_those_who_ask_alone(world: World) -> None:
    [plain] = (await world.recogniser.see(world.ann)).faces
    [asked] = (await world.recogniser.see(world.ann, attributes=True)).faces

    assert plain.attributes == Attributes()
    assert asked.found.box == plain.found.box


async def test_several_faces_come_largest_first(world: World) -> None:
    faces = (await world.recogniser.see(world.both)).faces

    areas = [face.found.box.area for face in faces]
    assert len(faces) > 1
    assert areas == sorted(areas, reverse=True)


async def test_what_is_no_picture_is_refused(world: World) -> None:
    with pytest.raises(ImageUnreadable):
        await world.recogniser.see(world.no_picture)


async def test_the_probe_passes(world: World) -> None:
    await world.recogniser.probe()


async def test_an_enrolled_member_is_found_first(world: World) -> None:
    await world.enrol(ANN, world.ann)
    await world.enrol(BOB, world.bob)

    [candidates] = await world.recogniser.search(MEMBERS, [await world.face(world.ann_again)], 2)

    assert [c.member_id for c in candidates] == ["ann", "bob"]
    assert candidates[0].similarity > 0.4 > candidates[1].similarity


async def test_each_face_gets_an_answer_of_its_own(world: World) -> None:
    await world.enrol(ANN, world.ann)
    await world.enrol(BOB, world.bob)
    faces = [await world.face(world.bob), await world.face(world.ann_again)]

    answers = await world.recogniser.search(MEMBERS, faces, 1)

    assert [answer[0].member_id for answer in answers] == ["bob", "ann"]


async def test_a_member_is_answered_once_by_the_best_face(world: World) -> None:
    await world.enrol(ANN, world.bob)
    await world.enrol(ANN, world.ann)

    [candidates] = await world.recogniser.search(MEMBERS, [await world.face(world.ann)], 5)

    assert [c.member_id for c in candidates] == ["ann"]
    assert candidates[0].similarity > 0.8


async def test_the_same_picture_of_the_same_member_is_kept_once(world: World) -> None:
    assert await world.enrol(ANN, world.ann) == await world.enrol(ANN, world.ann)
    assert await world.enrol(ANN, world.ann) != await world.enrol(BOB, world.ann)


async def test_replacing_forgets_the_other_faces(world: World) -> None:
    await world.enrol(ANN, world.bob)

    await world.enrol(ANN, world.ann, replace=True)

    assert await world.likeness("ann", world.bob) < 0.4


async def test_a_member_is_verified_by_another_picture(world: World) -> None:
    await world.enrol(ANN, world.ann)

    assert await world.likeness("ann", world.ann_again) > 0.4
    assert await world.likeness("ann", world.bob) < 0.4


async def test_an_unknown_member_cannot_be_verified(world: World) -> None:
    await world.enrol(ANN, world.ann)

    with pytest.raises(MemberNotFound):
        await world.recogniser.verify(MEMBERS, "nobody", await world.face(world.ann))


async def test_an_unknown_collection_cannot_be_searched(world: World) -> None:
    face = await world.face(world.ann)

    with pytest.raises(CollectionNotFound):
        await world.recogniser.search(CollectionRef("default", "nowhere"), [face], 1)


async def test_two_pictures_of_one_person_are_more_alike_than_of_two(world: World) -> None:
    ann, again, bob = [await world.face(image) for image in (world.ann, world.ann_again, world.bob)]

    alike, apart = [await world.recogniser.compare(ann, other) for other in (again, bob)]

    assert alike.similarity > 0.4 > apart.similarity


async def test_what_is_made_ready_is_in_the_order_of_the_faces(world: World) -> None:
    faces = [await world.face(world.ann), await world.face(world.bob)]

    keepable = await world.recogniser.ready(MEMBERS, faces)

    assert [one.aligned.found.box for one in keepable] == [face.found.box for face in faces]
    assert await world.recogniser.ready(MEMBERS, []) == []


async def test_the_size_is_the_number_of_kept_faces(world: World) -> None:
    before = await world.recogniser.size(MEMBERS)
    await world.enrol(ANN, world.ann)
    await world.enrol(BOB, world.bob)

    assert (before, await world.recogniser.size(MEMBERS)) == (0, 2)
