"""The pictures that the detector of the pack `lite` learnt from, and which anchor learnt which face."""

import numpy as np
import pytest

from app.vision.candidates import Candidates
from app.vision.scrfd import ANCHORS, STRIDES
from models.lite.train.anchors import BACKGROUND, NO_MATTER, assigned, grid
from models.lite.train.look import SIDE, Seen
from models.lite.train.mosaic import Scene, moved, scene
from models.lite.train.split import held_out

POINTS = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]


def faces(*boxes: tuple[float, float, float, float], score: float = 0.9) -> Candidates:
    """Faces with landmarks where a face has them."""
    given = np.array(boxes, dtype=np.float32).reshape(-1, 4)
    points = given[:, None, :2] + np.array(POINTS, dtype=np.float32) * (given[:, None, 2:] - given[:, None, :2])
    return Candidates(given, points, np.full(len(given), score, dtype=np.float32))


def shown(found: Candidates, *, sure: bool = True) -> Scene:
    return Scene(np.zeros((128, 128, 3), dtype=np.uint8), found, np.full(len(found), sure))


@pytest.fixture
def known() -> Seen:
    """Four photographs of noise with a face in the middle; the first is of somebody who is kept out of training."""
    pixels = np.random.default_rng(2).integers(0, 256, (4, SIDE, SIDE, 3), dtype=np.uint8)
    persons = np.array([min(held_out()), "A", "B", "C"])
    middle = (90.0, 80.0, 160.0, 170.0)
    return Seen(pixels, persons, persons, faces(*[middle] * 4), np.arange(4), np.arange(4))


def test_people_kept_out_are_in_no_lesson(known: Seen) -> None:
    taught, asked = (known.people(held_out(), inside=inside) for inside in (False, True))

    assert (taught, asked) == ([1, 2, 3], [0])


def test_a_scene_has_its_size_and_faces_within_it(known: Seen) -> None:
    scenes = [scene(known, [1, 2, 3], 160, np.random.default_rng(seed)) for seed in range(20)]

    assert {each.pixels.shape for each in scenes} == {(160, 160, 3)}
    assert sum(int(each.sure.sum()) for each in scenes) > 20
    for each in scenes:
        middles = (each.faces.boxes[each.sure, :2] + each.faces.boxes[each.sure, 2:]) / 2
        assert ((middles > 0) & (middles < 160)).all()


def test_the_left_eye_is_left_in_a_mirrored_face() -> None:
    mirror = np.array([[-1.0, 0, 128], [0, 1, 0]])

    turned = moved(faces((20, 20, 60, 70)), mirror)

    assert turned.boxes.tolist() == [[68, 20, 108, 70]]
    assert turned.landmarks[0, 0, 0] < turned.landmarks[0, 1, 0]
    assert turned.landmarks[0, 3, 0] < turned.landmarks[0, 4, 0]


def test_anchors_stand_as_the_service_reads_them() -> None:
    anchors = grid(64)

    assert len(anchors.sides) == sum(ANCHORS * (64 // stride) ** 2 for stride in STRIDES)
    assert anchors.places[:4].tolist() == [[0, 0], [0, 0], [8, 0], [8, 0]]
    assert sorted(set(anchors.sides.tolist())) == [16, 32, 64, 128, 256, 512]


@pytest.mark.parametrize("side", [7, 16, 30, 64, 100, 120])
def test_every_face_is_learnt_by_some_anchor_of_its_size(side: int) -> None:
    anchors = grid(128)

    whom = assigned(anchors, shown(faces((4, 4, 4 + side, 4 + side))))

    sides = anchors.sides[whom == 0]
    assert len(sides)
    assert (np.abs(np.log2(np.maximum(side, 16) / sides)) < 1).all()


def test_nothing_is_asked_about_a_face_that_may_be_none() -> None:
    whom = assigned(grid(128), shown(faces((30, 30, 90, 90)), sure=False))

    assert set(whom.tolist()) == {BACKGROUND, NO_MATTER}


def test_of_two_faces_the_smaller_one_is_in_front() -> None:
    whom = assigned(grid(128), shown(faces((10, 10, 110, 110), (50, 50, 66, 66))))

    assert {0, 1} <= set(whom.tolist())
