import numpy as np
import pytest

from app.vision.candidates import Candidates, join, overlaps, suppress
from app.vision.letterbox import fit, scaled, shrink


def candidates(*rows: tuple[float, float, float, float, float]) -> Candidates:
    table = np.array(rows, dtype=np.float32).reshape(-1, 5)
    return Candidates(table[:, :4], np.zeros((len(table), 5, 2), dtype=np.float32), table[:, 4])


def test_of_boxes_that_overlap_the_best_stays() -> None:
    found = candidates((0, 0, 100, 100, 0.7), (5, 5, 105, 105, 0.9), (300, 0, 400, 100, 0.6))

    kept = suppress(found, 0.4)

    assert kept.scores.tolist() == pytest.approx([0.9, 0.6])


def test_neighbours_both_stay() -> None:
    found = candidates((0, 0, 100, 100, 0.7), (60, 0, 160, 100, 0.9))

    assert len(suppress(found, 0.4)) == 2


def test_nothing_stays_of_nothing() -> None:
    assert len(suppress(join([candidates(), candidates()]), 0.4)) == 0


def test_a_box_overlaps_itself_wholly_and_a_distant_one_not_at_all() -> None:
    box = np.array([10, 10, 20, 30], dtype=np.float32)

    assert overlaps(box, np.array([box, box + 100])).tolist() == [1, 0]


def test_a_box_turned_inside_out_has_no_area() -> None:
    assert candidates((10, 10, 5, 20, 1)).areas().tolist() == [0]


@pytest.mark.parametrize(("width", "height"), [(1280, 886), (300, 300), (100, 999), (1, 40_000), (40_000, 1)])
def test_the_way_back_from_the_canvas_is_the_way_there(width: int, height: int) -> None:
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    small_width, small_height = scaled(width, height, 320)
    canvas = shrink(picture, 320, 640)
    left, top = canvas.margin

    back = canvas.back(candidates((left, top, left + small_width, top + small_height, 1)))

    longest = max(width, height)
    assert max(back.boxes[0, 2:]) == pytest.approx(longest, rel=0.01)
    assert back.boxes[0, :2].tolist() == [0, 0]


def test_a_picture_is_fitted_into_the_corner_and_enlarged_if_need_be() -> None:
    canvas = fit(np.full((50, 100, 3), 200, dtype=np.uint8), 640)

    assert canvas.pixels.shape == (640, 640, 3)
    assert canvas.pixels[:320].min() == 200
    assert canvas.pixels[320:].max() == 0
    assert (canvas.scale, canvas.margin) == (6.4, (0, 0))
