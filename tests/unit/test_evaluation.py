"""Rates of known similarities, and of people in known directions."""

import math

import numpy as np
import pytest

from app.domain.comparisons import BINS, Comparisons, Labelled
from app.domain.evaluation import Searched, at, identify, member_rate, search, stranger_rate, verify, wilson


def counted(impostor: dict[float, float], genuine: dict[float, float]) -> Comparisons:
    """So many pairs at such similarities."""
    both = np.zeros((2, BINS))
    for row, pairs in enumerate((impostor, genuine)):
        for similarity, count in pairs.items():
            both[row, round((similarity + 1) / 2 * BINS)] = count
    return Comparisons(both[0], both[1], people=10, pairs=100)


def people(**photos: list[float]) -> Labelled:
    """People on a circle, a photo by its angle in degrees."""
    angles = np.radians([angle for several in photos.values() for angle in several])
    numbers = [number for number, several in enumerate(photos.values()) for _ in several]
    names = tuple(f"{name}_{n}" for name, several in photos.items() for n in range(len(several)))
    return Labelled(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32), np.array(numbers), names)


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)],
)
def test_intervals_are_wilsons(successes: float, total: float, low: float, high: float) -> None:
    share = wilson(successes, total)

    assert [share.low, share.high] == pytest.approx([low, high], abs=1e-4)
    assert share.low <= share.value <= share.high


def test_rates_are_told_only_where_there_were_pairs_enough() -> None:
    report = verify(counted({0.1: 900, 0.3: 90, 0.5: 10}, {0.2: 10, 0.6: 90}))

    assert [operation.false for operation in report.operations] == [0.1, 0.01]
    tenth, hundredth = report.operations
    assert 0.1 < tenth.threshold <= 0.3
    assert 0.3 < hundredth.threshold <= 0.5
    assert [tenth.true.value, hundredth.true.value] == pytest.approx([1.0, 0.9])


def test_errors_are_equal_where_as_many_fail_each_way() -> None:
    assert verify(counted({0.1: 90, 0.5: 10}, {0.2: 10, 0.6: 90})).equal_error == pytest.approx(0.1)
    assert verify(counted({0.1: 100}, {0.6: 100})).equal_error == 0.0


def test_a_threshold_of_ones_own_can_be_looked_at() -> None:
    compared = counted({0.1: 90, 0.5: 10}, {0.2: 10, 0.6: 90})

    assert at(compared, 0.5).false == pytest.approx(0.1)
    assert at(compared, 0.5001).false == 0.0
    assert at(compared, 0.2001).true.value == pytest.approx(0.9)
    assert (at(compared, -1.0).false, at(compared, 1.0).false) == (1.0, 0.0)


def test_a_search_enrols_the_first_photo_and_takes_people_of_one_photo_for_strangers() -> None:
    found = search(people(ann=[0, 10], bob=[90, 60], eve=[50]))

    assert found.gallery == 2
    assert found.best.tolist() == pytest.approx([math.cos(math.radians(10)), math.cos(math.radians(30))])
    assert found.right.tolist() == [True, True]
    assert found.stranger_best.tolist() == pytest.approx([math.cos(math.radians(40))])


def test_without_strangers_every_second_person_is_one() -> None:
    found = search(people(ann=[0, 10], bob=[90, 60], cid=[180, 181], dan=[270, 271]))

    assert (found.gallery, len(found.best), len(found.stranger_best)) == (2, 2, 4)


def test_a_probe_that_is_more_like_another_does_not_count_however_similar() -> None:
    found = search(people(ann=[0, 80], bob=[90, 91], eve=[200]))

    assert found.right.tolist() == [False, True]
    assert identify(found).rank1.value == 0.5
    assert member_rate(found, -1.0).value == 0.5


def test_thresholds_let_no_more_strangers_pass_than_they_say() -> None:
    best = np.linspace(0, 0.99, 100, dtype=np.float32)
    found = Searched(5, np.full(4, 0.95, np.float32), np.array([True, True, True, False]), best)

    report = identify(found)

    assert [operation.false for operation in report.operations] == [0.1, 0.01]
    for operation in report.operations:
        assert stranger_rate(found, operation.threshold) == pytest.approx(operation.false)
    assert [operation.true.value for operation in report.operations] == [0.75, 0.0]
    assert (report.gallery, report.members, report.strangers) == (5, 4, 100)


def test_where_nobody_has_two_photos_nothing_can_be_searched() -> None:
    with pytest.raises(ValueError, match="two photos"):
        search(people(ann=[0], bob=[90]))
