"""Faces are sorted into people, and never into the wrong ones."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from app.domain.groups import ALONE, NEIGHBOURS, Crowd, Numbers, Vectors, centres, group

CUT = 0.5


def crowd(vectors: NDArray[np.floating], photos: list[int] | None = None, unclear: tuple[int, ...] = ()) -> Crowd:
    """Faces, each in a photo of its own unless photos are given; all of them clear but those that are named."""
    numbers = np.arange(len(vectors)) if photos is None else np.array(photos, dtype=np.int64)
    clear = np.ones(len(vectors), dtype=bool)
    clear[list(unclear)] = False
    return Crowd(unit_rows(vectors), numbers, clear)


def unit_rows(vectors: NDArray[np.floating]) -> Vectors:
    rows: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rows


def angles(*degrees: float) -> Vectors:
    """Directions in a plane: two of them are as similar as the cosine of the angle between them."""
    turned = np.radians(np.array(degrees))
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def people(count: int, photos_each: int, seed: int, spread: float = 0.8) -> tuple[Vectors, Numbers]:
    rng = np.random.default_rng(seed)
    whose = np.repeat(np.arange(count), photos_each)
    return unit_rows(rng.standard_normal((count, 64))[whose] + spread * rng.standard_normal((len(whose), 64))), whose


def partition(labels: Numbers) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist()) - {ALONE}}


def test_faces_of_one_person_are_one_group_and_a_lone_face_is_none() -> None:
    labels = group(crowd(angles(0, 90, 5, 180, 95, 10)), CUT)

    assert labels.tolist() == [0, 1, 0, ALONE, 1, 0]


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_faces_make_no_group(count: int) -> None:
    assert group(crowd(np.ones((count, 8))), CUT).tolist() == [ALONE] * count


def test_two_faces_of_one_photo_are_never_in_one_group_however_alike() -> None:
    twins = crowd(angles(0, 1, 2, 3), photos=[0, 0, 1, 1])

    labels = group(twins, CUT)

    assert labels[0] != labels[1]
    assert labels[2] != labels[3]
    assert labels.max() == 1


@pytest.mark.parametrize("seed", range(5))
def test_no_group_of_a_crowd_has_two_faces_of_one_photo(seed: int) -> None:
    vectors, _ = people(6, 20, seed, spread=1.5)
    photos = np.random.default_rng(seed).integers(0, 30, len(vectors))
    unclear = tuple(range(0, len(vectors), 7))

    labels = group(crowd(vectors, photos.tolist(), unclear), 0.2)

    places = [(label, photo) for label, photo in zip(labels.tolist(), photos.tolist(), strict=True) if label != ALONE]
    assert len(places) > 50
    assert len(set(places)) == len(places)


def test_faces_between_two_people_do_not_chain_them_together() -> None:
    labels = group(crowd(angles(0, 1, 2, 40, 80, 118, 119, 120)), CUT)

    assert labels[0] != labels[-1]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cut", [0.15, 0.35, 0.5])
def test_the_groups_are_those_of_average_linkage_one_pair_after_the_other(seed: int, cut: float) -> None:
    vectors, _ = people(25, 6, seed, spread=1.4)

    labels = group(crowd(vectors), cut)

    tree = linkage(1 - (vectors.astype(np.float64) @ vectors.T)[np.triu_indices(len(vectors), 1)], "average")
    expected = fcluster(tree, 1 - cut, "distance")
    known = {some for some in partition(expected.astype(np.int64)) if len(some) > 1}
    assert partition(labels) == known


def test_the_order_of_the_faces_changes_nothing_but_the_numbers() -> None:
    vectors, _ = people(40, 5, 1, spread=1.2)
    turned = np.random.default_rng(2).permutation(len(vectors))

    first, again, other = (group(crowd(vectors[rows]), 0.3) for rows in (slice(None), slice(None), turned))

    back = np.empty_like(other)
    back[turned] = other
    assert first.tolist() == again.tolist()
    assert partition(first) == partition(back)


def test_groups_are_numbered_by_their_first_faces() -> None:
    vectors, _ = people(30, 3, 3)

    labels = group(crowd(vectors), CUT).tolist()

    met = [label for n, label in enumerate(labels) if label != ALONE and label not in labels[:n]]
    assert len(met) > 20
    assert met == list(range(len(met)))


def test_removing_a_whole_group_leaves_the_others_as_they_are() -> None:
    vectors, _ = people(20, 8, 4, spread=1.2)
    labels = group(crowd(vectors), 0.3)
    left = np.flatnonzero(labels != 0)

    after = group(crowd(vectors[left]), 0.3)

    others = partition(labels) - {frozenset(np.flatnonzero(labels == 0).tolist())}
    assert {frozenset(left[list(some)].tolist()) for some in partition(after)} == others


def test_more_copies_of_a_photo_than_a_face_has_neighbours_are_one_group() -> None:
    labels = group(crowd(np.repeat(angles(0, 90), 3 * NEIGHBOURS, axis=0)), CUT)

    assert np.bincount(labels).tolist() == [3 * NEIGHBOURS] * 2


def test_a_poor_face_joins_whom_it_is_like() -> None:
    labels = group(crowd(angles(0, 5, 20), unclear=(2,)), CUT)

    assert labels.tolist() == [0, 0, 0]


def test_poor_faces_found_no_group() -> None:
    labels = group(crowd(angles(0, 5, 10), unclear=(0, 1, 2)), CUT)

    assert labels.tolist() == [ALONE] * 3


def test_poor_faces_do_not_join_two_people() -> None:
    between = angles(0, 2, 4, *range(20, 80, 4), 96, 98, 100)
    poor = tuple(range(3, len(between) - 3))

    labels = group(crowd(between, unclear=poor), CUT)

    assert labels[0] != labels[-1]
    assert set(labels.tolist()) == {0, 1}


def test_of_two_poor_faces_in_one_photo_the_more_similar_joins() -> None:
    labels = group(crowd(angles(0, 2, 30, 10), photos=[0, 1, 2, 2], unclear=(2, 3)), CUT)

    assert labels.tolist() == [0, 0, ALONE, 0]


def test_the_centre_of_a_group_is_what_its_faces_have_in_common() -> None:
    found = centres(angles(0, 90, 20, 110), np.array([0, 1, 0, 1]))

    assert np.allclose(found, angles(10, 100), atol=1e-6)
