"""What every MemberStore must do."""

from hashlib import sha256

import pytest

from app.domain.errors import CollectionNotFound, FaceNotFound, InvalidRequest, MemberNotFound
from app.domain.members import MemberDraft
from tests.contract.stores import BOX, DEFAULT, STAFF, Stores

ODD = ["a/b?c#d", "..", " ", "Зоя", "%s%(x)s", "' or 1=1 --", "x" * 256, "🙂", 'say "hi"', "null"]


async def test_members_are_paged_by_id_and_none_is_missed_or_told_twice(stores: Stores) -> None:
    for member_id in ("dan", "ann", "eve", "bob", "cid"):
        await stores.enrol(member_id, "1 0 0 0")

    seen, cursor = [], ""
    for _ in range(3):
        page = await stores.members.page(STAFF, cursor, 2)
        seen += [[member.member_id for member in page.items]]
        cursor = page.next_cursor

    assert (seen, cursor) == ([["ann", "bob"], ["cid", "dan"], ["eve"]], "")


async def test_a_page_that_holds_all_is_the_last(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")

    assert (await stores.members.page(STAFF, "", 1)).next_cursor == ""
    assert (await stores.members.page(DEFAULT, "", 1)).items == ()


async def test_members_of_a_collection_that_is_not_there_cannot_be_listed(stores: Stores) -> None:
    with pytest.raises(CollectionNotFound):
        await stores.members.page(STAFF, "", 10)


@pytest.mark.parametrize("cursor", ["made up", "%%%", "bm90IGpzb24", "WzFd", "W10", "é"])
async def test_a_cursor_that_was_made_up_is_refused(stores: Stores, cursor: str) -> None:
    await stores.enrol("ann", "1 0 0 0")

    with pytest.raises(InvalidRequest):
        await stores.members.page(STAFF, cursor, 10)
    with pytest.raises(InvalidRequest):
        await stores.members.faces(STAFF, "ann", cursor, 10)
    with pytest.raises(InvalidRequest):
        await stores.collections.page("default", cursor, 10)


@pytest.mark.parametrize("member_id", ODD)
async def test_any_text_can_be_an_id(stores: Stores, member_id: str) -> None:
    await stores.enrol(member_id, "1 0 0 0")

    assert (await stores.members.get(STAFF, member_id)).member_id == member_id
    assert [member.member_id for member in (await stores.members.page(STAFF, "", 5)).items] == [member_id]
    await stores.members.delete(STAFF, member_id)
    with pytest.raises(MemberNotFound):
        await stores.members.get(STAFF, member_id)


async def test_an_id_with_a_nul_character_is_refused(stores: Stores) -> None:
    with pytest.raises(InvalidRequest):
        await stores.members.get(STAFF, "a\0")


async def test_an_update_replaces_metadata_as_a_whole_and_leaves_what_is_not_said(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    await stores.members.update(STAFF, MemberDraft("ann", "Ann", {"a": 1, "b": 2}))

    updated = await stores.members.update(STAFF, MemberDraft("ann", metadata={"c": {"d": []}}))

    assert (updated.name, updated.metadata, updated.faces) == ("Ann", {"c": {"d": []}}, 1)
    assert updated == await stores.members.get(STAFF, "ann")
    assert updated.updated_at >= updated.created_at


async def test_a_name_can_be_emptied(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    await stores.members.update(STAFF, MemberDraft("ann", "Ann", {"a": 1}))

    updated = await stores.members.update(STAFF, MemberDraft("ann", "", {}))

    assert (updated.name, updated.metadata) == ("", {})


async def test_what_is_asked_of_an_unknown_member_is_refused(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0", into=DEFAULT)

    for ref in (DEFAULT, STAFF):
        with pytest.raises(MemberNotFound):
            await stores.members.get(ref, "bob")
        with pytest.raises(MemberNotFound):
            await stores.members.update(ref, MemberDraft("bob", "Bob"))
        with pytest.raises(MemberNotFound):
            await stores.members.delete(ref, "bob")
        with pytest.raises(MemberNotFound):
            await stores.members.faces(ref, "bob", "", 10)


async def test_deleting_a_member_deletes_the_faces(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")
    await stores.enrol("bob", "0 1 0 0")

    await stores.members.delete(STAFF, "ann")

    assert await stores.found("1 0 0 0") == "bob 0.00"
    assert (await stores.collections.get(STAFF)).faces == 1


async def test_faces_are_listed_oldest_first_with_what_is_known_of_them(stores: Stores) -> None:
    ids = [await stores.enrol("ann", vector) for vector in ("1 0 0 0", "0 1 0 0", "0 0 1 0")]

    first = await stores.members.faces(STAFF, "ann", "", 2)
    second = await stores.members.faces(STAFF, "ann", first.next_cursor, 2)

    assert [face.face_id for face in first.items + second.items] == ids
    assert second.next_cursor == ""
    face = first.items[0]
    assert (face.member_id, face.box, face.det_score, face.quality) == ("ann", BOX, 0.875, 0.75)
    assert (face.source, face.model, face.created_at.tzinfo is not None) == ("upload", "lite", True)


async def test_a_deleted_face_is_found_no_more_and_its_member_stays(stores: Stores) -> None:
    face_id = await stores.enrol("ann", "1 0 0 0")

    await stores.members.delete_face(STAFF, face_id)

    assert await stores.found("1 0 0 0") == ""
    assert (await stores.members.get(STAFF, "ann")).faces == 0


@pytest.mark.parametrize("face_id", ["00000000-0000-4000-8000-000000000000", "no uuid", "", "a\0", "{}"])
async def test_an_unknown_face_cannot_be_deleted(stores: Stores, face_id: str) -> None:
    with pytest.raises(FaceNotFound):
        await stores.members.delete_face(STAFF, face_id)


async def test_a_face_of_another_collection_cannot_be_deleted(stores: Stores) -> None:
    face_id = await stores.enrol("ann", "1 0 0 0", into=STAFF)

    with pytest.raises(FaceNotFound):
        await stores.members.delete_face(DEFAULT, face_id)

    assert await stores.found("1 0 0 0") == "ann 1.00"


async def test_a_kept_face_tells_what_it_was_taken_from(stores: Stores) -> None:
    face_id = await stores.enrol("ann", "1 0 0 0")

    original = await stores.members.original(STAFF, face_id)

    assert (original.member_id, original.source, original.box) == ("ann", "upload", BOX)
    assert original.digest == sha256(b"1 0 0 0").hexdigest()


@pytest.mark.parametrize("face_id", ["00000000-0000-4000-8000-000000000000", "no uuid", "", "a\0"])
async def test_of_a_face_that_is_not_there_nothing_is_told(stores: Stores, face_id: str) -> None:
    await stores.enrol("ann", "1 0 0 0", into=DEFAULT)

    with pytest.raises(FaceNotFound):
        await stores.members.original(STAFF, face_id)
