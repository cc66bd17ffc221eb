"""What every CollectionStore must do."""

import pytest

from app.domain.collections import CollectionRef, Kind, Rules
from app.domain.errors import CollectionNotFound, Conflict, InvalidRequest, MemberNotFound
from app.domain.liveness import LivenessMode
from tests.contract.stores import DEFAULT, STAFF, Stores


async def test_a_new_collection_is_empty_and_of_no_model(stores: Stores) -> None:
    made = await stores.collections.put(STAFF, Kind.GALLERY)

    assert (made.name, made.kind, made.model, made.members, made.faces) == ("staff", Kind.GALLERY, "", 0, 0)
    assert made == await stores.collections.get(STAFF)


async def test_making_a_collection_again_changes_nothing(stores: Stores) -> None:
    await stores.collections.put(STAFF, Kind.MEMBERS)
    await stores.enrol("ann", "1 0 0 0")

    again = await stores.collections.put(STAFF, Kind.MEMBERS)

    assert (again.model, again.members, again.faces) == ("lite", 1, 1)


async def test_a_collection_does_not_change_its_kind(stores: Stores) -> None:
    await stores.collections.put(STAFF, Kind.BLACKLIST)

    with pytest.raises(Conflict):
        await stores.collections.put(STAFF, Kind.MEMBERS)

    assert (await stores.collections.get(STAFF)).kind is Kind.BLACKLIST


async def test_an_enrolment_leaves_the_kind_as_it_is(stores: Stores) -> None:
    await stores.collections.put(STAFF, Kind.BLACKLIST)

    await stores.enrol("ann", "1 0 0 0")

    assert (await stores.collections.get(STAFF)).kind is Kind.BLACKLIST


async def test_deleting_a_collection_deletes_all_that_is_in_it(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0")

    await stores.collections.delete(STAFF)

    with pytest.raises(CollectionNotFound):
        await stores.collections.get(STAFF)
    with pytest.raises(MemberNotFound):
        await stores.members.get(STAFF, "ann")
    with pytest.raises(CollectionNotFound):
        await stores.collections.delete(STAFF)


async def test_deleting_the_default_collection_empties_it(stores: Stores) -> None:
    await stores.enrol("ann", "1 0 0 0", into=DEFAULT)

    await stores.collections.delete(DEFAULT)

    left = await stores.collections.get(DEFAULT)
    assert (left.kind, left.model, left.members, left.faces) == (Kind.MEMBERS, "", 0, 0)


async def test_collections_are_paged_by_name_and_by_tenant(stores: Stores) -> None:
    for name in ("zoo", "bar", "Zed"):
        await stores.collections.put(CollectionRef("default", name), Kind.MEMBERS)
    await stores.collections.put(CollectionRef("neighbour", "foo"), Kind.MEMBERS)

    first = await stores.collections.page("default", "", 3)
    second = await stores.collections.page("default", first.next_cursor, 3)

    assert [[found.name for found in page.items] for page in (first, second)] == [["Zed", "bar", "default"], ["zoo"]]
    assert second.next_cursor == ""


async def test_a_name_with_a_nul_character_is_refused(stores: Stores) -> None:
    with pytest.raises(InvalidRequest):
        await stores.collections.put(CollectionRef("default", "a\0"), Kind.MEMBERS)


async def test_a_collection_asks_for_no_liveness_until_it_is_told_to(stores: Stores) -> None:
    made = await stores.collections.put(STAFF, Kind.MEMBERS)

    told = await stores.collections.put(STAFF, Kind.MEMBERS, Rules(LivenessMode.REQUIRE))
    again = await stores.collections.put(STAFF, Kind.MEMBERS)

    assert [each.liveness for each in (made, told, again)] == [
        LivenessMode.OFF,
        LivenessMode.REQUIRE,
        LivenessMode.REQUIRE,
    ]
    assert await stores.collections.liveness(STAFF) is LivenessMode.REQUIRE
    assert await stores.collections.liveness(DEFAULT) is LivenessMode.OFF
    assert await stores.collections.liveness(CollectionRef("default", "nowhere")) is LivenessMode.OFF


async def test_who_is_wrong_about_the_kind_does_not_change_the_liveness(stores: Stores) -> None:
    await stores.collections.put(STAFF, Kind.BLACKLIST, Rules(LivenessMode.REQUIRE))

    with pytest.raises(Conflict):
        await stores.collections.put(STAFF, Kind.MEMBERS, Rules(LivenessMode.OFF))

    assert await stores.collections.liveness(STAFF) is LivenessMode.REQUIRE
