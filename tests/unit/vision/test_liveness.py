"""Where liveness looks: the windows around a face."""

import numpy as np
import pytest

from app.domain.faces import Box, DetectedFace, Pixels
from app.vision.align import TEMPLATE
from app.vision.liveness import SHIFT, ZOOM, window

LANDMARKS = np.zeros((5, 2), np.float32)


def places(width: int, height: int) -> Pixels:
    """A photo whose pixels say where they are: x and y."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, rows * 0], axis=2).astype(np.uint8)


def seen(photo: Pixels, box: Box, scale: float) -> tuple[int, int, int, int]:
    """Left, top, width and height of the window in pixels."""
    part = window(photo, DetectedFace(box, LANDMARKS, 0.9), scale)
    return int(part[0, 0, 0]), int(part[0, 0, 1]), part.shape[1], part.shape[0]


def test_the_window_is_a_multiple_of_the_face_around_its_middle() -> None:
    assert seen(places(200, 200), Box(0.45, 0.4, 0.1, 0.2), 2.5) == (75, 50, 50, 100)


@pytest.mark.parametrize(
    ("box", "begin"),
    [(Box(0.0, 0.0, 0.1, 0.1), (0, 0)), (Box(0.9, 0.9, 0.1, 0.1), (119, 119)), (Box(-0.1, 0.4, 0.1, 0.2), (0, 20))],
)
def test_a_window_at_an_edge_is_moved_inside(box: Box, begin: tuple[int, int]) -> None:
    left, top, width, height = seen(places(200, 200), box, 4)

    assert (left, top) == begin
    assert (width, height) == (80, round(box.height * 200 * 4))


def test_a_window_that_is_larger_than_the_photo_is_made_smaller_in_both_directions() -> None:
    left, top, width, height = seen(places(200, 100), Box(0.4, 0.2, 0.2, 0.6), 4)

    assert (top, height) == (0, 99)
    assert width == pytest.approx(66)
    assert left == 67


def test_a_face_larger_than_the_photo_still_has_a_window() -> None:
    assert seen(places(100, 100), Box(-0.5, -0.5, 2, 2), 2.7) == (0, 0, 99, 99)


def test_the_addons_template_is_the_recognisers_made_smaller() -> None:
    published = [[32.03, 38.06], [47.89, 37.98], [40.01, 47.08], [33.50, 56.36], [46.63, 56.29]]

    assert np.abs(TEMPLATE * ZOOM + SHIFT - published).max() < 0.006
