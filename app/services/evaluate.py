"""Say how well the loaded model tells labelled people apart, and which thresholds follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.calibration import TARGET_FMR, TARGET_FPIR, Basis, Curve, Risk, rate_for
from app.domain.collections import Model
from app.domain.comparisons import Comparisons, Labelled, compare, curve_of
from app.domain.evaluation import Identification, Operation, Searched, Verification, at, identify, search, verify

GALLERIES = (100, 1_000, 10_000, 100_000, 1_000_000)
"""Faces in a collection for which a threshold is recommended."""

LEAST_OF_A_GROUP = 10
"""People of a group below which its rates say nothing."""


@dataclass(frozen=True, slots=True)
class Group:
    """What the thresholds do within a group: impostors are of the group as well. operations: by TARGET_FMR."""

    name: str
    people: int
    photos: int
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A threshold for a task. faces: 1 for 1:1, else in the collection; target: FMR or FPIR."""

    risk: Risk
    faces: int
    target: float
    threshold: float
    basis: Basis


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All of it. curve: None, and no advice, where there are too few people; searched: None where nobody has two."""

    model: Model
    photos: int
    people: int
    compared: Comparisons
    verification: Verification
    searched: Searched | None
    identification: Identification | None
    groups: tuple[Group, ...]
    curve: Curve | None
    advice: tuple[Advice, ...]


def evaluate(faces: Labelled, groups: Sequence[str], model: Model, source: str) -> Evaluation:
    """Everything that the faces can tell. groups: of each face, "" for none; source: a few words for the curve."""
    compared = compare(faces)
    curve, searched = _curve(compared, source), _searched(faces)
    return Evaluation(
        model=model,
        photos=len(faces.names),
        people=compared.people,
        compared=compared,
        verification=verify(compared),
        searched=searched,
        identification=identify(searched) if searched else None,
        groups=_by_group(faces, groups, curve),
        curve=curve,
        advice=_advice(curve) if curve else (),
    )


def _curve(compared: Comparisons, source: str) -> Curve | None:
    try:
        return curve_of(compared, source)
    except ValueError:
        return None


def _searched(faces: Labelled) -> Searched | None:
    try:
        return search(faces)
    except ValueError:
        return None


def _by_group(faces: Labelled, groups: Sequence[str], curve: Curve | None) -> tuple[Group, ...]:
    names = sorted(set(groups) - {""})
    if len(names) < 2 or curve is None:  # noqa: PLR2004 - one group is no group
        return ()
    found = (_group(name, faces.take(np.array(groups) == name), curve) for name in names)
    return tuple(group for group in found if group.people >= LEAST_OF_A_GROUP)


def _group(name: str, faces: Labelled, curve: Curve) -> Group:
    compared = compare(faces)
    operations = tuple(at(compared, curve.threshold(target)) for target in TARGET_FMR.values())
    return Group(name, compared.people, len(faces.names), operations)


def _advice(curve: Curve) -> tuple[Advice, ...]:
    wanted = [(risk, 1, target) for risk, target in TARGET_FMR.items()]
    wanted += [(risk, faces, target) for faces in GALLERIES for risk, target in TARGET_FPIR.items()]
    return tuple(_advise(curve, *each) for each in wanted)


def _advise(curve: Curve, risk: Risk, faces: int, target: float) -> Advice:
    threshold = curve.threshold(rate_for(target, faces))
    return Advice(risk, faces, target, threshold, curve.basis(threshold))
