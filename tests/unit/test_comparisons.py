"""Pairs counted: against the plain double loop, and against distributions that are known."""

from itertools import combinations

import numpy as np
import pytest

from app.domain.comparisons import Comparisons, Labelled, compare, curve_of, most_similar, thresholds


def labelled(people: list[int], size: int = 8, seed: int = 1) -> Labelled:
    """Random directions."""
    vectors = np.random.default_rng(seed).normal(size=(len(people), size))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Labelled(vectors.astype(np.float32), np.array(people), tuple(f"photo {n}" for n in range(len(people))))


def share_above(faces: Labelled, threshold: float, *, same: bool) -> float:
    """The same by the definition: the mean over people, or over pairs of people, of the part of photo pairs above."""
    found: dict[tuple[int, int], list[bool]] = {}
    for a, b in combinations(range(len(faces.names)), 2):
        one, other = sorted((int(faces.people[a]), int(faces.people[b])))
        if (one == other) is same:
            similar = float(faces.vectors[a].astype(np.float64) @ faces.vectors[b].astype(np.float64))
            found.setdefault((one, other), []).append(similar >= threshold)
    return float(np.mean([np.mean(pairs) for pairs in found.values()]))


@pytest.mark.parametrize("threshold", [-0.5, 0.0, 0.25, 0.5])
def test_each_pair_of_people_and_each_person_counts_once(threshold: float) -> None:
    faces = labelled([0] * 9 + [4] * 3 + [7] * 2 + [8, 9, 10])

    counted = compare(faces)

    at = int(np.searchsorted(thresholds(), threshold))
    assert counted.false_matches()[at] == pytest.approx(share_above(faces, threshold, same=False))
    assert counted.true_matches()[at] == pytest.approx(share_above(faces, threshold, same=True))
    assert counted.impostor_pairs == pytest.approx(15)
    assert counted.genuine_people == pytest.approx(3)
    assert (counted.people, counted.pairs) == (6, 17 * 16 / 2)


def test_faces_are_compared_across_the_blocks_in_which_they_are_read() -> None:
    faces = labelled(list(range(300)) + list(range(300)))

    counted = compare(faces)

    assert counted.impostor_pairs == pytest.approx(300 * 299 / 2)
    assert counted.genuine_people == pytest.approx(300)


def test_the_curve_of_random_directions_is_that_of_their_known_distribution() -> None:
    counted = compare(labelled(list(range(1500)), size=3))

    curve = curve_of(counted, "a sphere")

    # On a sphere the cosine of two directions is uniform (Archimedes), so that the part above s is (1 - s) / 2.
    for rate in (0.5, 0.2, 0.05, 0.01, 0.001):
        assert curve.threshold(rate) == pytest.approx(1 - 2 * rate, abs=0.002)
    assert curve.measured_to == pytest.approx(10 / (1500 * 1499 / 2))
    assert (curve.people, curve.comparisons, curve.source) == (1500, 1500 * 1499 // 2, "a sphere")


def test_beyond_what_was_counted_the_curve_errs_on_the_safe_side() -> None:
    """High-dimensional directions: normal tails, which fall faster than the straight line that continues the curve."""
    many = curve_of(compare(labelled(list(range(4000)), size=64)), "")

    few = [curve_of(compare(labelled(list(range(700)), size=64, seed=seed)), "") for seed in (2, 3, 4)]

    assert many.measured_to < 2e-6 < few[0].measured_to
    for curve in few:
        assert curve.threshold(1e-8) > many.threshold(2e-6) + 0.08  # the normal tail's step from 2e-6 to 1e-8
    assert many.points[-1][0] == pytest.approx(1e-8)


def test_too_few_people_draw_no_curve() -> None:
    with pytest.raises(ValueError, match="too few"):
        curve_of(compare(labelled([0, 0, 1, 2])), "")


def test_the_most_similar_strangers_are_named_first() -> None:
    faces = labelled(list(range(400)))
    twins = faces.vectors.copy()
    twins[399] = twins[3]
    marked = Labelled(twins, faces.people, faces.names)

    [(similarity, one, other), second] = most_similar(marked, 2)

    assert (one, other) == ("photo 3", "photo 399")
    assert similarity == pytest.approx(1, abs=1e-5)
    assert second[0] < similarity


def test_photos_of_one_person_are_no_strangers() -> None:
    assert most_similar(labelled([5, 5, 5]), 3) == []


def test_nothing_counted_is_no_rate() -> None:
    empty = Comparisons(np.zeros(20_000), np.zeros(20_000), 0, 0)

    assert empty.false_matches().max() == 0.0
