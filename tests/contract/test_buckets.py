"""What every Buckets must do."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.domain.limits import Allowance, Meter
from app.ports import Buckets
from app.store.open import open_store
from tests.fakes.buckets import FakeBuckets

ANA, BEN = Meter("default", "key ana", "identify"), Meter("default", "key ben", "identify")
SIXTY = Allowance(60)


@pytest.fixture(params=["fake", "database_url", "pooled_url"])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    if request.param == "fake":
        yield FakeBuckets()
        return
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5) as store:
        yield store.buckets


async def test_a_bucket_is_full_at_first_and_gives_what_is_asked_for(buckets: Buckets) -> None:
    taken = await buckets.take(ANA, SIXTY, 40, least=1)

    assert taken.granted == 40
    assert taken.left == pytest.approx(20, abs=1)


async def test_it_gives_what_is_left_where_that_is_enough(buckets: Buckets) -> None:
    await buckets.take(ANA, SIXTY, 40, least=1)

    assert 20 <= (await buckets.take(ANA, SIXTY, 40, least=1)).granted < 25


async def test_it_gives_nothing_where_that_is_not_enough_and_keeps_what_it_has(buckets: Buckets) -> None:
    await buckets.take(ANA, SIXTY, 40, least=1)

    refused = await buckets.take(ANA, SIXTY, 40, least=30)

    assert refused.granted == 0
    assert refused.left == pytest.approx(20, abs=3)


async def test_it_fills_evenly(buckets: Buckets) -> None:
    await buckets.take(ANA, Allowance(600), 600, least=1)
    await asyncio.sleep(0.5)

    assert 3 <= (await buckets.take(ANA, Allowance(600), 100, least=1)).granted < 50


async def test_each_caller_and_each_tenant_has_a_bucket(buckets: Buckets) -> None:
    await buckets.take(ANA, SIXTY, 60, least=1)

    others = [BEN, Meter("other", "key ana", "identify"), Meter("default", "key ana", "enroll")]

    assert [(await buckets.take(meter, SIXTY, 60, least=1)).granted for meter in others] == [60, 60, 60]


async def test_a_call_that_costs_more_than_the_bucket_holds_is_let_through_once_it_is_full(buckets: Buckets) -> None:
    assert (await buckets.take(ANA, SIXTY, 100, least=100)).granted == 100
    assert (await buckets.take(ANA, SIXTY, 100, least=100)).granted == 0


async def test_callers_at_the_same_time_do_not_get_more_than_there_is(buckets: Buckets) -> None:
    taken = await asyncio.gather(*(buckets.take(ANA, SIXTY, 10, least=10) for _ in range(20)))

    assert 60 <= sum(one.granted for one in taken) <= 70
