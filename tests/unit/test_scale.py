"""0–100 means the same with every model, and each step up is a step up."""

import numpy as np
import pytest

from app.domain.calibration import Curve
from app.domain.scale import TIES, Scale
from app.vision.models.curves import CURVES

POOR = Curve(((0.5, 0.0), (0.1, 0.9)), 0.1, 2, 1, "a model that tells nobody apart")
SCALES = [*map(Scale, CURVES.values()), Scale(POOR), *(Scale(None, threshold) for threshold in (0.0, 0.35, 1.0))]


@pytest.mark.parametrize("scale", SCALES)
def test_a_higher_cosine_is_always_worth_more(scale: Scale) -> None:
    percents = [scale.percent(cosine) for cosine in np.linspace(-1, 1, 401)]

    assert percents == sorted(set(percents))
    assert percents[0] == 0
    assert percents[-1] == (100 if scale.curve is not POOR else pytest.approx(scale.percent(1.0)))


@pytest.mark.parametrize("scale", SCALES)
def test_there_is_a_way_back(scale: Scale) -> None:
    for cosine in np.linspace(-1, 1, 201):
        assert scale.cosine(scale.percent(cosine)) == pytest.approx(cosine, abs=1e-9)
    for percent in np.linspace(0, scale.percent(1.0), 201):
        assert scale.percent(scale.cosine(percent)) == pytest.approx(percent, abs=1e-9)


@pytest.mark.parametrize("curve", CURVES.values())
@pytest.mark.parametrize(("percent", "rate"), TIES)
def test_a_percentage_stands_for_the_same_rate_with_every_model(curve: Curve, percent: float, rate: float) -> None:
    assert curve.rate(Scale(curve).cosine(percent)) == pytest.approx(rate, rel=1e-6)


def test_a_model_that_tells_nobody_apart_never_says_80() -> None:
    assert Scale(POOR).percent(1.0) < 20
    assert Scale(POOR).cosine(80) == 1.0


def test_without_a_curve_80_is_what_the_operator_calls_the_same_person() -> None:
    assert Scale(None, 0.42).percent(0.42) == pytest.approx(80)
    assert Scale(None, 0.42).percent(0) < 10


@pytest.mark.parametrize("curve", CURVES.values())
def test_strangers_are_worth_little(curve: Curve) -> None:
    assert Scale(curve).percent(0) < 5
