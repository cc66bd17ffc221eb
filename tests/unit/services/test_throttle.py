"""What a caller may ask for in a minute, and at once."""

import pytest

from app.domain.access import Caller, Scope
from app.domain.errors import RateLimited, TooManyAtOnce
from app.domain.limits import Allowance
from app.services.throttle import KEPT, Throttle
from tests.fakes.buckets import FakeBuckets

ANA = Caller("key ana", "default", frozenset({Scope.IDENTIFY}))
BEN = Caller("key ben", "default", frozenset({Scope.IDENTIFY}))
OPERATOR = Caller("The admin token", "default", frozenset(Scope))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(clock: Clock) -> FakeBuckets:
    return FakeBuckets(clock)


def throttle(buckets: FakeBuckets, clock: Clock, a_minute: int = 60, at_once: int = 2) -> Throttle:
    return Throttle(buckets, {Scope.IDENTIFY: Allowance(a_minute)}, at_once, clock)


async def allowed(one: Throttle, caller: Caller = ANA, most: int = 1000) -> int:
    """Calls that are let through before one is refused."""
    for count in range(most):
        try:
            await one.charge(caller, Scope.IDENTIFY)
        except RateLimited:
            return count
    return most


async def test_an_allowance_is_let_through_and_no_more(buckets: FakeBuckets, clock: Clock) -> None:
    assert await allowed(throttle(buckets, clock)) == 60


async def test_whoever_is_refused_is_told_when_to_come_back_and_is_let_in_then(
    buckets: FakeBuckets, clock: Clock
) -> None:
    one = throttle(buckets, clock)
    await allowed(one)

    with pytest.raises(RateLimited) as refused:
        await one.charge(ANA, Scope.IDENTIFY, 5)
    clock.now += refused.value.extra["retry_after"]  # type: ignore[operator]

    assert refused.value.extra["retry_after"] == 5
    await one.charge(ANA, Scope.IDENTIFY, 5)


async def test_two_processes_share_an_allowance(buckets: FakeBuckets, clock: Clock) -> None:
    one, two = throttle(buckets, clock), throttle(buckets, clock)

    assert await allowed(one) + await allowed(two) == 60


async def test_the_database_is_asked_once_for_a_twentieth(buckets: FakeBuckets, clock: Clock) -> None:
    assert await allowed(throttle(buckets, clock, 6000), most=600) == 600
    assert buckets.asked == 2


async def test_what_was_taken_and_not_spent_is_lost_in_time(buckets: FakeBuckets, clock: Clock) -> None:
    one = throttle(buckets, clock, 6000)
    await one.charge(ANA, Scope.IDENTIFY)
    clock.now += KEPT
    await one.charge(ANA, Scope.IDENTIFY)

    assert buckets.asked == 2


async def test_callers_and_verbs_do_not_share(buckets: FakeBuckets, clock: Clock) -> None:
    one = throttle(buckets, clock)

    assert (await allowed(one), await allowed(one, BEN)) == (60, 60)
    await one.charge(ANA, Scope.READ)


async def test_the_operator_and_an_allowance_of_nought_know_no_limit(buckets: FakeBuckets, clock: Clock) -> None:
    assert await allowed(throttle(buckets, clock), OPERATOR) == 1000
    assert await allowed(throttle(buckets, clock, 0)) == 1000


def test_calls_in_hand_are_counted_until_they_are_done(buckets: FakeBuckets, clock: Clock) -> None:
    one = throttle(buckets, clock)

    with one.holding(ANA), one.holding(ANA), one.holding(BEN):
        with pytest.raises(TooManyAtOnce), one.holding(ANA):
            pass
        with one.holding(OPERATOR), one.holding(OPERATOR), one.holding(OPERATOR):
            pass
    with one.holding(ANA):
        pass
