"""How well a recogniser tells people apart: 1:1 over all pairs, 1:N with strangers. Pure functions, numpy only.

Terms as in ISO/IEC 19795-1:2021: FMR and TMR are the parts of impostor and of genuine comparisons that match; FPIR is
the part of strangers who are given a name, TPIR that of members who are given their own and come first with it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.comparisons import LEAST_COUNT, Comparisons, Counts, Labelled, Vectors, thresholds

TARGETS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Rates of false matches at which the rate of true ones is told."""

STRANGER_TARGETS = (1e-1, 1e-2, 1e-3)
"""Parts of strangers named at which the part of members named is told."""

Z95 = 1.959964
"""Two-sided 95 % of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, 0–1, and between what it lies with 95 % confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Operation:
    """What a threshold does. false, true: parts of what must not match, and of what must."""

    threshold: float
    false: float
    true: Share


@dataclass(frozen=True, slots=True)
class Verification:
    """1:1. equal_error: the rate at which false matches and false non-matches are as many."""

    equal_error: float
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Identification:
    """1:N with one photo of each member. rank1: members who came first, whatever the threshold."""

    gallery: int
    members: int
    strangers: int
    rank1: Share
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What searches found. best: similarity of the first; right: whether that was the probe's own person."""

    gallery: int
    best: Vectors
    right: NDArray[np.bool_]
    stranger_best: Vectors


def wilson(successes: float, total: float) -> Share:
    """A proportion with its 95 % interval (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953).

    >>> wilson(0, 10)
    Share(value=0.0, low=0.0, high=0.27753...)
    """
    if total <= 0:
        return Share(0.0, 0.0, 1.0)
    part, square = successes / total, Z95**2
    middle = (part + square / (2 * total)) / (1 + square / total)
    reach = Z95 / (1 + square / total) * math.sqrt(part * (1 - part) / total + square / (4 * total**2))
    return Share(part, max(0.0, min(part, middle - reach)), min(1.0, max(part, middle + reach)))


def verify(compared: Comparisons) -> Verification:
    """ROC figures of all pairs. Rates that there were too few pairs for are left out.

    Intervals count people, not pairs, of whom each is in many: they are wide rather than narrow.
    """
    false, true = compared.false_matches(), compared.true_matches()
    wanted = [target for target in TARGETS if target * compared.impostor_pairs >= LEAST_COUNT]
    operations = tuple(_operation(compared, false, true, target) for target in wanted)
    return Verification(_equal_error(false, 1 - true), operations)


def search(faces: Labelled) -> Searched:
    """Search every photo among one each of those who have two or more: the first by name is the enrolled one.

    Strangers are the others; where there are none, every second person is taken for one. Raises ValueError where
    nobody has two photos.
    """
    members, strangers = _cast(faces)
    if not members.names:
        msg = "nobody has two photos: there is nothing to search"
        raise ValueError(msg)
    first, rest = _first_of_each(members)
    gallery, probes = members.take(first), members.take(rest)
    similar = probes.vectors @ gallery.vectors.T
    at = similar.argmax(axis=1)
    met = strangers.vectors @ gallery.vectors.T
    return Searched(len(first), similar.max(axis=1), gallery.people[at] == probes.people, met.max(axis=1, initial=-1))


def identify(found: Searched) -> Identification:
    """Rank-1, and what members and strangers meet at thresholds that so many strangers pass.

    Targets that there were too few strangers for are left out.
    """
    strangers = np.sort(found.stranger_best)[::-1]
    wanted = [target for target in STRANGER_TARGETS if target * len(strangers) >= 1]
    operations = tuple(_open_set(found, strangers, target) for target in wanted)
    rank1 = wilson(float(found.right.sum()), len(found.right))
    return Identification(found.gallery, len(found.best), len(strangers), rank1, operations)


def stranger_rate(found: Searched, threshold: float) -> float:
    """FPIR as it was observed."""
    return float((found.stranger_best >= threshold).mean()) if len(found.stranger_best) else 0.0


def member_rate(found: Searched, threshold: float) -> Share:
    """TPIR as it was observed."""
    return wilson(float((found.right & (found.best >= threshold)).sum()), len(found.best))


def at(compared: Comparisons, threshold: float) -> Operation:
    """What a given threshold does to the pairs."""
    place = min(math.ceil((threshold + 1) / 2 * len(compared.impostor) - 1e-6), len(compared.impostor) - 1)
    true = float(compared.true_matches()[place]) * compared.genuine_people
    return Operation(threshold, float(compared.false_matches()[place]), wilson(true, compared.genuine_people))


def _operation(compared: Comparisons, false: Counts, true: Counts, target: float) -> Operation:
    place = min(int(np.searchsorted(-false, -target)), len(false) - 1)
    share = wilson(float(true[place]) * compared.genuine_people, compared.genuine_people)
    return Operation(float(thresholds()[place]), target, share)


def _equal_error(false: Counts, missed: Counts) -> float:
    place = int(np.argmin(np.abs(false - missed)))
    return float(false[place] + missed[place]) / 2


def _open_set(found: Searched, strangers: Vectors, target: float) -> Operation:
    """The least threshold at which no more than that part of the strangers pass."""
    passing = int(target * len(strangers) + 1e-9)
    threshold = float(np.nextafter(strangers[passing], np.float32(2))) if passing < len(strangers) else -1.0
    return Operation(threshold, target, member_rate(found, threshold))


def _cast(faces: Labelled) -> tuple[Labelled, Labelled]:
    """Those with two photos or more, and the strangers."""
    faces = faces.renumbered()
    many = np.bincount(faces.people)[faces.people] > 1
    if not many.all():
        return faces.take(many), faces.take(~many)
    odd = faces.people % 2 == 1
    return faces.take(~odd), faces.take(odd)


def _first_of_each(faces: Labelled) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the first photo by name of each person, and of the others."""
    order = sorted(range(len(faces.names)), key=lambda row: (faces.people[row], faces.names[row]))
    people = faces.people[order]
    begins = np.append(True, people[1:] != people[:-1])[: len(people)]
    rows = np.array(order, dtype=np.intp)
    return rows[begins], rows[~begins]
