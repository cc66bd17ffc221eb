"""Faces of which only likenesses are known are sorted into the same people as those whose embeddings are."""

import numpy as np
import pytest

from app.domain.groups import ALONE, Crowd, group
from app.domain.kin import Kin, group_kin, typical
from tests.unit.test_groups import CUT, angles, crowd, partition, people


def kin_of(faces: Crowd, least: float = -1.0) -> Kin:
    """All that is alike by so much, each pair once."""
    table = faces.vectors @ faces.vectors.T
    a, b = np.triu_indices(len(table), 1)
    told = table[a, b] >= least
    return Kin(a[told].astype(np.int64), b[told].astype(np.int64), table[a, b][told], faces.photos, faces.clear)


@pytest.mark.parametrize("seed", range(5))
def test_all_likenesses_tell_as_much_as_the_embeddings(seed: int) -> None:
    vectors, _ = people(12, 9, seed)
    photos = np.random.default_rng(seed).permutation(len(vectors)) // 2
    faces = crowd(vectors, photos.tolist(), unclear=(3, 14, 40, 77))

    assert partition(group_kin(kin_of(faces), CUT)) == partition(group(faces, CUT))


@pytest.mark.parametrize("seed", range(3))
def test_likenesses_that_are_too_small_to_be_told_are_not_missed(seed: int) -> None:
    vectors, whose = people(12, 9, seed, spread=0.5)

    labels = group_kin(kin_of(crowd(vectors), least=0.2), CUT)

    assert partition(labels) == partition(whose)


def test_two_faces_of_one_photo_are_never_in_one_group_however_alike() -> None:
    labels = group_kin(kin_of(crowd(angles(0, 1, 2, 3), photos=[0, 0, 1, 1])), CUT)

    assert labels[0] != labels[1]
    assert labels[2] != labels[3]
    assert labels.max() == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_where_nothing_is_told_nobody_is_grouped(count: int) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    kin = Kin(nothing, nothing, np.zeros(0, np.float32), np.arange(count), np.ones(count, dtype=bool))

    assert group_kin(kin, CUT).tolist() == [ALONE] * count


def test_the_most_typical_face_is_the_one_in_the_middle() -> None:
    kin = kin_of(crowd(angles(0, 20, 40, 180)))

    said = typical(kin, np.array([0, 0, 0, ALONE]))

    assert said.argmax() == 1
    assert said[3] == 0
    assert said[0] == pytest.approx((np.cos(np.radians(20)) + np.cos(np.radians(40))) / 2, abs=1e-6)
