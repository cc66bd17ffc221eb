import pytest

from app.domain.errors import Overloaded
from app.vision.room import EACH, Room


def test_pictures_enter_until_their_pixels_fill_the_room() -> None:
    room = Room(3 * EACH)

    costs = [room.enter(EACH // 2), room.enter(EACH // 2)]

    assert costs == [EACH * 3 // 2] * 2
    with pytest.raises(Overloaded):
        room.enter(1)


def test_who_leaves_makes_room() -> None:
    room = Room(2 * EACH)
    cost = room.enter(EACH)

    room.leave(cost)

    assert room.enter(EACH) == cost


def test_a_picture_larger_than_the_room_may_enter_alone() -> None:
    room = Room(EACH)

    cost = room.enter(9 * EACH)

    with pytest.raises(Overloaded):
        room.enter(1)
    room.leave(cost)
    assert room.enter(9 * EACH) == cost
