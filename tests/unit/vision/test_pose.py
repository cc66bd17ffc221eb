import numpy as np
import pytest

from app.vision.align import TEMPLATE
from app.vision.pose import HEAD, pose


def turned(yaw: float = 0, pitch: float = 0, roll: float = 0) -> np.ndarray:
    """Landmarks of the average head, seen from far away after a turn about each axis: yaw, then pitch, then roll."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([(np.cos(y), 0, -np.sin(y)), (0, 1, 0), (np.sin(y), 0, np.cos(y))])
    about_x = np.array([(1, 0, 0), (0, np.cos(p), -np.sin(p)), (0, np.sin(p), np.cos(p))])
    about_z = np.array([(np.cos(r), -np.sin(r), 0), (np.sin(r), np.cos(r), 0), (0, 0, 1)])
    points = (about_z @ about_x @ about_y @ HEAD.T)[:2].T * 2 + (300, 200)
    return np.asarray(points, dtype=np.float32)


def test_the_template_looks_into_the_camera() -> None:
    found = pose(TEMPLATE.astype(np.float32))

    assert (found.yaw, found.pitch, found.roll) == pytest.approx((0, 0, 0), abs=0.01)


@pytest.mark.parametrize("yaw", [-60, -30, 30, 60])
def test_a_nose_to_the_right_is_a_positive_yaw(yaw: float) -> None:
    found = pose(turned(yaw=yaw))

    assert (found.yaw, found.pitch, found.roll) == pytest.approx((yaw, 0, 0), abs=0.5)
    nose, eyes = turned(yaw=yaw)[2], turned(yaw=yaw)[:2].mean(0)
    assert np.sign(nose[0] - eyes[0]) == np.sign(yaw)


@pytest.mark.parametrize("pitch", [-40, -20, 20, 40])
def test_a_nose_that_points_down_is_a_positive_pitch(pitch: float) -> None:
    found = pose(turned(pitch=pitch))

    assert (found.yaw, found.pitch, found.roll) == pytest.approx((0, pitch, 0), abs=0.5)


@pytest.mark.parametrize("roll", [-170, -90, -20, 20, 90, 170])
def test_a_head_that_leans_clockwise_is_a_positive_roll(roll: float) -> None:
    found = pose(turned(roll=roll))

    assert (found.yaw, found.pitch, found.roll) == pytest.approx((0, 0, roll), abs=0.5)


def test_a_turn_about_two_axes_is_told_apart() -> None:
    found = pose(turned(yaw=30, roll=20))

    assert found.yaw == pytest.approx(30, abs=2)
    assert found.roll == pytest.approx(20, abs=2)
