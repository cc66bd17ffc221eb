"""What is asked of recognisers: LFW's questions, put to people who were kept out of training."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from app.domain.evaluation import Identification, Searched, identify
from bench.lfw import FOLDS, fold_accuracies
from models.lite.train.split import SEED

OF_A_FOLD = 300
"""Pairs of one person, and as many of two."""

SEARCHED = 500
"""People of the gallery."""

Rng = np.random.Generator
Rows = list[int]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photographs by number, and whether they show one person."""

    one: int
    other: int
    _: KW_ONLY
    same: bool


def pairs(persons: Sequence[str]) -> list[Pair]:
    """Ten folds of people and of each 300 pairs of one person and 300 of two (Huang et al. 2007, «View 2»).

    persons: whose face each photograph shows. People are drawn, then their photographs, so that those with many
    photographs count no more than others.
    """
    rng = np.random.default_rng(SEED)
    theirs = by_person(persons)
    names = rng.permutation(sorted(theirs)).tolist()
    return [pair for fold in range(FOLDS) for pair in _fold([theirs[name] for name in names[fold::FOLDS]], rng)]


def by_person(persons: Sequence[str]) -> dict[str, Rows]:
    """Rows of each person."""
    rows = defaultdict(list)
    for row, person in enumerate(persons):
        rows[person].append(row)
    return dict(rows)


def _fold(people: Sequence[Rows], rng: Rng) -> list[Pair]:
    several = [rows for rows in people if len(rows) > 1]
    same: set[tuple[int, int]] = set()
    while len(same) < OF_A_FOLD:
        one, other = sorted(rng.choice(several[int(rng.integers(len(several)))], 2, replace=False).tolist())
        same.add((one, other))
    different: set[tuple[int, int]] = set()
    while len(different) < OF_A_FOLD:
        one, other = (people[int(at)] for at in rng.choice(len(people), 2, replace=False))
        different.add((int(rng.choice(one)), int(rng.choice(other))))
    return [
        *(Pair(*pair, same=True) for pair in sorted(same)),
        *(Pair(*pair, same=False) for pair in sorted(different)),
    ]


def verification(
    vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]], asked: Sequence[Pair]
) -> tuple[float, float]:
    """Share of pairs that are judged right, by the threshold that is best on the other folds; and its spread."""
    scores = np.array([float(vectors[pair.one] @ vectors[pair.other]) for pair in asked])
    each = fold_accuracies(scores, np.array([pair.same for pair in asked]))
    return float(each.mean()), float(each.std())


def identification(
    vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]], persons: Sequence[str]
) -> Identification:
    """500 people are enrolled by their first photograph, and looked for by all others; strangers have but one."""
    theirs = by_person(persons)
    members = _members(theirs)
    gallery = [rows[0] for rows in members.values()]
    probes = [(at, row) for at, rows in enumerate(members.values()) for row in rows[1:]]
    strangers = [rows[0] for rows in theirs.values() if len(rows) == 1]
    similar = vectors[[row for _, row in probes]] @ vectors[gallery].T
    right = similar.argmax(axis=1) == np.array([at for at, _ in probes])
    met = (vectors[strangers] @ vectors[gallery].T).max(axis=1)
    return identify(Searched(len(gallery), similar.max(axis=1), right, met))


def _members(theirs: Mapping[str, Rows]) -> dict[str, Rows]:
    several = sorted(name for name, rows in theirs.items() if len(rows) > 1)
    chosen = np.random.default_rng(SEED).permutation(several)[:SEARCHED]
    return {name: theirs[name] for name in sorted(chosen.tolist())}
