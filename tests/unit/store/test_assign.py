"""One client at most once in a photo, and the best total."""

import random
from itertools import permutations

from app.domain.collections import Model
from app.domain.galleries import Basis, Pair
from app.domain.matching import Decision
from app.store.assign import assign

BASIS = Basis(Model("lite", "aa", 4, "MIT", commercial=True), threshold=0.4, review_margin=0.1, max_faces=100)


def assigned(*pairs: tuple[str, str, float]) -> dict[str, str]:
    return {one.pair.face_id: one.pair.client_id for one in assign([Pair(*pair) for pair in pairs], BASIS)}


def test_nobody_is_in_a_photo_without_pairs() -> None:
    assert assign([], BASIS) == []


def test_each_face_has_the_client_it_is_like() -> None:
    assert assigned(("1", "ann", 0.8), ("2", "bob", 0.7)) == {"1": "ann", "2": "bob"}


def test_a_client_is_the_face_that_is_most_like_them() -> None:
    assert assigned(("1", "ann", 0.8), ("2", "ann", 0.7)) == {"1": "ann"}


def test_two_sisters_are_told_apart_by_the_best_total() -> None:
    faces = assigned(("1", "ann", 0.70), ("2", "ann", 0.72), ("1", "eve", 0.35), ("2", "eve", 0.68))

    assert faces == {"1": "ann", "2": "eve"}


def test_a_face_is_one_client_only() -> None:
    assert assigned(("1", "ann", 0.8), ("1", "eve", 0.6)) == {"1": "ann"}


def test_what_does_not_reach_the_threshold_is_for_review_and_what_is_below_that_for_nobody() -> None:
    chosen = assign([Pair("1", "ann", 0.35), Pair("2", "bob", 0.29), Pair("3", "eve", 0.4)], BASIS)

    assert {one.pair.client_id: one.decision for one in chosen} == {"ann": Decision.REVIEW, "eve": Decision.MATCH}


def test_no_other_choice_is_worth_more() -> None:
    chance = random.Random(7)
    for _ in range(50):
        table = [[chance.uniform(0.3, 0.9) for _ in range(4)] for _ in range(4)]
        pairs = [Pair(str(face), str(client), table[face][client]) for face in range(4) for client in range(4)]

        total = sum(one.pair.similarity for one in assign(pairs, BASIS))

        best = max(sum(table[face][client] for face, client in enumerate(order)) for order in permutations(range(4)))
        assert abs(total - best) < 1e-9
