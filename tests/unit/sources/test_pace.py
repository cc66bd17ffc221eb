import pytest

from app.sources.pace import Pace


def test_a_sender_that_sends_nothing_is_waited_for_a_second() -> None:
    assert Pace(least=1000, now=5.0, deadline=100.0).until == 6.0


def test_a_drip_does_not_buy_time() -> None:
    pace = Pace(least=1000, now=0.0, deadline=100.0)

    for tenth in range(10):
        pace.took(1, tenth / 10)

    assert pace.until == pytest.approx(1.0, abs=0.02)


def test_a_sender_that_keeps_the_rate_is_waited_for() -> None:
    pace = Pace(least=1000, now=0.0, deadline=100.0)

    for second in range(1, 50):
        assert pace.until >= second
        pace.took(1000, float(second))


def test_a_quick_beginning_buys_no_more_than_a_second() -> None:
    pace = Pace(least=1000, now=0.0, deadline=100.0)

    pace.took(1_000_000, 0.5)

    assert pace.until == 1.5


def test_the_deadline_comes_first() -> None:
    pace = Pace(least=1000, now=0.0, deadline=0.5)

    pace.took(5000, 0.4)

    assert pace.until == 0.5


def test_without_a_least_rate_only_the_deadline_counts() -> None:
    pace = Pace(least=0, now=0.0, deadline=9.0)

    pace.took(1, 8.0)

    assert pace.until == 9.0
