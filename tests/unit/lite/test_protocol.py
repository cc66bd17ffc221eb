"""What the figures of the pack `lite` rest on: who is kept out, and what is asked."""

from collections import Counter

import numpy as np

from bench.lfw import FOLDS
from models.lite.train.protocol import OF_A_FOLD, SEARCHED, identification, pairs, verification
from models.lite.train.split import DEMO, MOST_PHOTOS, ONCE, SEVERAL, draw, held_out
from tests.conftest import Lfw

PERSONS = [f"person_{number:03d}" for number in range(900) for _ in range(1 + number % 4 * 3)]


def unlike(persons: list[str], noise: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Embeddings that tell people apart the better the less noise there is."""
    rng = np.random.default_rng(1)
    names, whose = np.unique(persons, return_inverse=True)
    drawn = rng.standard_normal((len(names), 64))[whose] + noise * rng.standard_normal((len(persons), 64))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def test_the_people_kept_out_are_named_once_each() -> None:
    names = held_out()

    assert len(names) == SEVERAL + ONCE
    assert set(DEMO) <= names


def test_those_of_many_photographs_and_doubtful_names_stay_in_training() -> None:
    crowd = {"Much": MOST_PHOTOS + 1, "Twice": 2, "Doubtful": 2, "Once": 1}

    assert draw([name for name, count in crowd.items() for _ in range(count)], {"Doubtful"}) == ["Once", "Twice"]


def test_the_list_is_what_was_drawn_from_the_photographs(lfw: Lfw) -> None:
    everybody = dict.fromkeys(lfw.people(), 1) | dict.fromkeys(lfw.people(2), 2)

    assert held_out() <= set(everybody)
    assert sum(everybody[name] > 1 for name in held_out()) == SEVERAL


def test_pairs_are_as_many_as_in_lfw_and_say_the_truth() -> None:
    asked = pairs(PERSONS)

    assert len(asked) == 2 * FOLDS * OF_A_FOLD == len(set(asked))
    assert all((PERSONS[pair.one] == PERSONS[pair.other]) is pair.same and pair.one != pair.other for pair in asked)
    assert Counter(pair.same for pair in asked) == {True: len(asked) // 2, False: len(asked) // 2}


def test_nobody_is_in_two_folds() -> None:
    asked = pairs(PERSONS)

    each = [asked[start : start + 2 * OF_A_FOLD] for start in range(0, len(asked), 2 * OF_A_FOLD)]
    people = [{PERSONS[row] for pair in fold for row in (pair.one, pair.other)} for fold in each]
    assert sum(map(len, people)) == len(set.union(*people))


def test_figures_are_perfect_for_a_perfect_recogniser_and_poor_for_a_guess() -> None:
    good, bad = unlike(PERSONS, 0.01), unlike(PERSONS, 50)

    assert verification(good, pairs(PERSONS))[0] > 0.999
    assert verification(bad, pairs(PERSONS))[0] < 0.6
    assert identification(good, PERSONS).rank1.value == 1
    assert identification(bad, PERSONS).rank1.value < 0.05


def test_a_search_is_among_five_hundred_and_strangers_are_not_among_them() -> None:
    found = identification(unlike(PERSONS, 1), PERSONS)

    counts = Counter(PERSONS)
    assert found.gallery == min(SEARCHED, sum(count > 1 for count in counts.values()))
    assert found.strangers == sum(count == 1 for count in counts.values())
