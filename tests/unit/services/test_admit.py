"""How many calls with pictures are taken in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from app.domain.errors import Overloaded
from app.services.admit import FIRST_GUESS, PER_THREAD, SPELL_SECONDS, Admit, elsewhere

THREADS, WAIT = 2, 1.0
AT_WORK = THREADS * PER_THREAD
CROWD = int(WAIT / FIRST_GUESS)


Come = Callable[..., list[ExitStack]]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admit(clock: Clock) -> Admit:
    return Admit(THREADS, WAIT, clock)


@pytest.fixture
def come() -> Iterator[Come]:
    """Let so many calls come at once; returned are those that are taken in. At the end all of them are answered."""
    everybody: list[ExitStack] = []

    def come(admit: Admit, calls: int = 1000) -> list[ExitStack]:
        taken = []
        for _ in range(calls):
            with suppress(Overloaded), ExitStack() as stack:
                stack.enter_context(admit())
                taken.append(stack.pop_all())
        everybody.extend(taken)
        return taken

    yield come
    for call in everybody:
        call.close()


def go(taken: list[ExitStack], clock: Clock, seconds: float = FIRST_GUESS) -> None:
    """Answer them one after another."""
    for one in taken:
        clock.now += seconds
        one.close()


def test_a_crowd_is_taken_in_as_far_as_its_last_can_be_answered_in_time(come: Come, admit: Admit) -> None:
    assert len(come(admit)) == CROWD


@pytest.mark.parametrize("seconds", [0.004, 0.1])
def test_how_far_that_is_follows_what_a_call_costs(come: Come, admit: Admit, clock: Clock, seconds: float) -> None:
    for _ in range(100):
        go(come(admit, AT_WORK), clock, seconds)

    assert admit.most == pytest.approx(WAIT / seconds, rel=0.02)


def test_seldom_calls_say_nothing_about_what_one_costs(admit: Admit, clock: Clock) -> None:
    for _ in range(100):
        with admit():
            clock.now += 3

    assert admit.most == CROWD


def test_in_a_rush_only_those_are_taken_in_who_can_begin(come: Come, admit: Admit, clock: Clock) -> None:
    go(come(admit), clock)

    assert len(come(admit)) == AT_WORK
    assert len(come(admit)) == 0


def test_a_rush_ends_when_few_are_refused(come: Come, admit: Admit, clock: Clock) -> None:
    go(come(admit), clock)
    go(come(admit, AT_WORK), clock, SPELL_SECONDS / 2)

    assert len(come(admit)) > AT_WORK


def test_a_rush_of_long_ago_is_over(come: Come, admit: Admit, clock: Clock) -> None:
    go(come(admit), clock)
    clock.now += 3600

    assert len(come(admit)) == CROWD


def test_whoever_is_refused_is_told_in_what_time_all_could_be_served(come: Come, admit: Admit) -> None:
    come(admit)
    with pytest.raises(Overloaded) as refused, admit():
        pass

    assert refused.value.extra["retry_after"] == 21  # 1001 × FIRST_GUESS


def test_a_call_that_waits_for_others_keeps_nobody_out(come: Come, admit: Admit) -> None:
    with ExitStack() as stack:
        for _ in range(CROWD):
            stack.enter_context(admit())
            stack.enter_context(elsewhere())

        assert len(come(admit)) == CROWD


def test_pictures_of_one_call_that_are_waited_for_together_give_up_one_place(come: Come, admit: Admit) -> None:
    with admit() as place:
        with place.elsewhere(), place.elsewhere():
            pass

        assert len(come(admit)) == CROWD - 1


def test_what_fails_gives_its_place_back(come: Come, admit: Admit) -> None:
    for _ in range(2 * CROWD):
        with suppress(ValueError), admit(), elsewhere():
            raise ValueError

    assert len(come(admit)) == CROWD


def test_nobody_is_refused_where_any_wait_will_do(come: Come, clock: Clock) -> None:
    assert len(come(Admit(THREADS, 0, clock))) == 1000


def test_outside_of_a_call_nothing_is_given_up() -> None:
    with elsewhere():
        pass
