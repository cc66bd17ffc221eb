import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.vision.align import TEMPLATE, align, similarity
from app.vision.decode import Limits, decode

LANDMARKS = np.array([(90, 100), (150, 96), (121, 130), (98, 165), (146, 162)], dtype=np.float32)


@pytest.fixture(scope="module")
def library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.utils import face_align  # noqa: PLC0415 - it warns while it is imported

        return face_align


@pytest.mark.filterwarnings("ignore:.*estimate.*:FutureWarning")
@pytest.mark.parametrize("degrees", [0, 25, -60, 120, 180])
@pytest.mark.parametrize("scale", [0.3, 1, 4])
def test_the_crop_is_insightfaces_to_the_pixel(images: Path, library: Any, degrees: float, scale: float) -> None:
    picture = decode((images / "groups" / "group-1.jpg").read_bytes(), Limits(10**8, 10**8))
    angle = np.radians(degrees)
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
    landmarks = ((LANDMARKS - LANDMARKS.mean(0)) @ turn.T * scale + (900, 600)).astype(np.float32)

    crop = align(picture, landmarks)

    # insightface computes the matrix in single precision; a value on the edge may round to its neighbour.
    difference = np.abs(crop.astype(int) - library.norm_crop(picture, landmarks))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.002


def test_landmarks_are_carried_onto_the_template() -> None:
    moved = (TEMPLATE * 3 + (40, 7)).astype(np.float32)

    matrix = similarity(moved)

    assert np.column_stack([moved, np.ones(5)]) @ matrix.T == pytest.approx(TEMPLATE, abs=1e-3)


def test_a_mirrored_face_is_turned_but_never_mirrored_back() -> None:
    mirrored = (TEMPLATE * (-1, 1)).astype(np.float32)

    matrix = similarity(mirrored)

    assert np.linalg.det(matrix[:, :2]) > 0


def test_landmarks_in_one_point_give_a_finite_matrix() -> None:
    assert np.isfinite(similarity(np.full((5, 2), 50, dtype=np.float32))).all()


def test_a_panorama_longer_than_opencv_can_warp_is_aligned_like_a_short_one(images: Path) -> None:
    picture = decode((images / "hard" / "hopper.jpg").read_bytes(), Limits(10**8, 10**8))
    panorama = np.zeros((128, 40_000, 3), dtype=np.uint8)
    panorama[:, 35_000:35_128] = picture
    landmarks = LANDMARKS * np.float32(0.5)

    crop = align(panorama, landmarks + np.array([35_000, 0], dtype=np.float32))

    assert np.abs(crop.astype(int) - align(picture, landmarks)).mean() < 1
