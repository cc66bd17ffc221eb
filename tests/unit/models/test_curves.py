"""The curves that come with the service."""

import pytest

from app.domain.calibration import Curve
from app.vision.models.catalogue import CATALOGUE
from app.vision.models.curves import CURVES, curve, read, written

CALIBRATED = ("scrfd_mobilefacenet", "yunet_mobilefacenet", "buffalo_sc_int8")


@pytest.mark.parametrize("name", CALIBRATED)
def test_packs_that_were_measured_have_a_curve_down_to_a_hundred_millionth(name: str) -> None:
    [known] = [entry for entry in CATALOGUE if entry.name == name]

    found = curve(known.file("recogniser").sha256)

    assert found
    assert found.people > 5_700
    assert found.measured_to < 1e-5
    assert found.points[-1][0] == pytest.approx(1e-8)
    assert found.threshold(1e-3) < found.threshold(1e-6) < 0.8


def test_every_curve_is_of_a_recogniser_of_the_catalogue() -> None:
    known = {file.sha256 for entry in CATALOGUE for file in entry.files if file.role == "recogniser"}

    assert set(CURVES) <= known


def test_a_recogniser_that_nobody_measured_has_none() -> None:
    assert curve("0" * 64) is None


def test_a_curve_that_is_written_can_be_read() -> None:
    made = Curve(((0.5, 0.0085), (0.001, 0.3327), (1e-8, 0.67)), 4e-6, 60, 11_476, "some people")

    assert read(written(made, "ab")) == {"ab": made}
