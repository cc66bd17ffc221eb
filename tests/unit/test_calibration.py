"""Curves and odds: known values, and what must hold of any."""

import numpy as np
import pytest

from app.domain.calibration import Basis, Curve, Odds, fpir, odds, rate_for

CURVE = Curve(((0.1, 0.1), (0.01, 0.2), (1e-4, 0.4), (1e-6, 0.5)), 1e-4, 100, 5000, "made up")


def test_a_curve_passes_through_its_points() -> None:
    for rate, similarity in CURVE.points:
        assert CURVE.rate(similarity) == pytest.approx(rate)
        assert CURVE.threshold(rate) == pytest.approx(similarity)


def test_between_points_the_rate_falls_by_the_same_factor_for_the_same_step() -> None:
    assert CURVE.rate(0.3) == pytest.approx(1e-3)
    assert CURVE.threshold(1e-3) == pytest.approx(0.3)


def test_beyond_the_last_point_the_last_line_goes_on() -> None:
    assert CURVE.rate(0.6) == pytest.approx(1e-8)
    assert CURVE.threshold(1e-8) == pytest.approx(0.6)
    assert CURVE.threshold(1e-15) <= 1.0
    assert CURVE.rate(1.0) >= 1e-15


def test_everything_is_similar_enough_for_no_threshold() -> None:
    assert CURVE.rate(-1.0) == 1.0
    assert CURVE.threshold(1.0) == -1.0
    assert 0.1 < CURVE.rate(0.0) < 1.0


def test_threshold_and_rate_undo_each_other_and_are_monotonic() -> None:
    rates = 10.0 ** -np.linspace(0.01, 9, 200)

    similarities = [CURVE.threshold(rate) for rate in rates]

    assert [CURVE.rate(similarity) for similarity in similarities] == pytest.approx(list(rates))
    assert similarities == sorted(similarities)


def test_a_rate_that_was_not_counted_is_said_to_be_extrapolated() -> None:
    assert CURVE.basis(CURVE.threshold(1e-4)) is Basis.MEASURED
    assert CURVE.basis(CURVE.threshold(0.9e-4)) is Basis.EXTRAPOLATED


@pytest.mark.parametrize(
    "points",
    [
        (),
        ((0.1, 0.1),),
        ((0.1, 0.1), (0.1, 0.2)),
        ((0.1, 0.2), (0.01, 0.1)),
        ((0.1, 0.1), (0.0, 0.2)),
        ((0.1, 0.1), (0.01, 1.2)),
        ((0.1, 0.1), (float("nan"), 0.2)),
    ],
)
def test_points_that_make_no_curve_are_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="curve"):
        Curve(points, 1e-4, 1, 1, "")


@pytest.mark.parametrize(
    ("rate", "comparisons", "expected"),
    [(0.5, 1, 0.5), (0.5, 2, 0.75), (1e-6, 10_000, 0.00995017), (1e-12, 1_000_000, 1e-6), (0.1, 0, 0.0), (1.0, 3, 1.0)],
)
def test_the_part_of_strangers_named_grows_with_the_gallery(rate: float, comparisons: int, expected: float) -> None:
    assert fpir(rate, comparisons) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("comparisons", [1, 7, 10_000, 10_000_000])
@pytest.mark.parametrize("target", [0.5, 0.01, 1e-6])
def test_the_rate_for_a_target_comes_to_that_target(target: float, comparisons: int) -> None:
    assert fpir(rate_for(target, comparisons), comparisons) == pytest.approx(target)


def test_of_an_empty_gallery_one_comparison_is_assumed() -> None:
    assert rate_for(0.01, 0) == pytest.approx(0.01)


def test_where_nothing_is_known_nothing_is_promised() -> None:
    assert odds(None, 0.99, 10) == Odds(1.0, Basis.NONE, 10)
    assert odds(None, 0.99, 0).expected == 0.0
    assert odds(CURVE, 0.4, 100) == Odds(pytest.approx(0.00995, rel=1e-3), Basis.MEASURED, 100)  # type: ignore[arg-type]
