"""Every face of a labelled set held against every other. Counted, never kept: 13,000 photos make 87 million pairs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.calibration import Curve, Point

BINS = 20_000
"""Similarities are counted to the ten thousandth: ±0.00005 is far below what a threshold needs."""

ROWS = 256
"""Faces compared with all others at once: some 50 MB for 13,000."""

LEAST_COUNT = 10
"""A rate is called measured where at least so many false matches were counted: ±30 % or so."""

RATES = tuple(step * 10.0**-decade for decade in range(8) for step in (0.5, 0.2, 0.1))
"""Rates at which a curve is written down: 0.5, 0.2, 0.1, 0.05 … 1e-8."""

Vectors = NDArray[np.float32]
Counts = NDArray[np.float64]
Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces and whose they are. vectors: n × d of length one; people: n numbers; names: what to call each photo."""

    vectors: Vectors
    people: Whole
    names: tuple[str, ...]

    def take(self, rows: NDArray[np.bool_] | Whole) -> "Labelled":
        """Some of them."""
        kept = np.arange(len(self.names))[rows]
        return Labelled(self.vectors[kept], self.people[kept], tuple(self.names[row] for row in kept))

    def renumbered(self) -> "Labelled":
        """The same with people numbered from 0 on."""
        return Labelled(self.vectors, np.unique(self.people, return_inverse=True)[1].astype(np.intp), self.names)


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Pairs by similarity. impostor, genuine: BINS counts from −1 to 1.

    Each pair of people weighs one, however many photos there are of them, and so does each person among the genuine:
    else a few who were photographed hundreds of times would speak for all.
    """

    impostor: Counts
    genuine: Counts
    people: int
    pairs: int

    @property
    def impostor_pairs(self) -> float:
        """Pairs of people."""
        return float(self.impostor.sum())

    @property
    def genuine_people(self) -> float:
        """People of whom there are two photos or more."""
        return float(self.genuine.sum())

    def false_matches(self) -> Counts:
        """FMR at each of BINS thresholds, the lower edges of the bins."""
        return _from_above(self.impostor)

    def true_matches(self) -> Counts:
        """Part of genuine pairs that match at each of BINS thresholds."""
        return _from_above(self.genuine)


def thresholds() -> Counts:
    """The lower edges of the bins."""
    return np.linspace(-1, 1, BINS, endpoint=False)


def compare(faces: Labelled) -> Comparisons:
    """Count all pairs. Takes some 20 s on one core for 13,000 faces of 512 numbers."""
    faces = faces.renumbered()
    photos = np.bincount(faces.people)
    impostor, genuine = np.zeros(BINS), np.zeros(BINS)
    for first, later in _blocks(faces):
        apart = faces.people[first][:, None] != faces.people[None, :]
        once = np.arange(len(faces.names))[None, :] > first[:, None]
        each = photos[faces.people[first]].astype(np.float64)
        impostor += _counted(later, apart & once, 1 / (each[:, None] * photos[faces.people][None, :]))
        genuine += _counted(
            later, ~apart & once, np.broadcast_to(2 / (each * (each - 1) + (each == 1))[:, None], later.shape)
        )
    people, pairs = len(photos), len(faces.names) * (len(faces.names) - 1) // 2
    return Comparisons(impostor, genuine, people, pairs)


def most_similar(faces: Labelled, count: int) -> list[tuple[float, str, str]]:
    """The most similar photos of different people, best first: labels that are wrong come first of all."""
    found: list[tuple[float, str, str]] = []
    for first, later in _blocks(faces):
        apart = faces.people[first][:, None] != faces.people[None, :]
        once = np.arange(len(faces.names))[None, :] > first[:, None]
        shown = np.where(apart & once, later, -2).ravel()
        best = np.argpartition(-shown, min(count, len(shown) - 1))[:count]
        rows, columns = np.unravel_index(best, later.shape)
        found += [
            (float(shown[at]), faces.names[first[r]], faces.names[c])
            for at, r, c in zip(best, rows, columns, strict=True)
        ]
        found = sorted((pair for pair in found if pair[0] > -1), reverse=True)[:count]
    return found


def curve_of(compared: Comparisons, source: str) -> Curve:
    """The curve that the impostors draw, and beyond what they were enough to count its last decade continued.

    Tails of impostor similarities bend downwards (log rate falls faster and faster), so that the straight line keeps on
    the safe side: the threshold that it gives for a rate is too high rather than too low. Raises ValueError where there
    are too few pairs of people to draw any.
    """
    least = LEAST_COUNT / max(compared.impostor_pairs, 1)
    measured = [(rate, _similarity(compared, rate)) for rate in (*RATES, least) if rate >= least]
    points = _rising(sorted(measured, reverse=True))
    if least > RATES[2] / 10 or len(points) < 2:  # noqa: PLR2004 - two make a line
        msg = f"{compared.people} people are too few to count false matches: 50 are the least."
        raise ValueError(msg)
    beyond = _continued(points, [rate for rate in RATES if rate < least])
    return Curve((*points, *beyond), least, compared.people, compared.pairs, source)


def _blocks(faces: Labelled) -> Iterator[tuple[Whole, Vectors]]:
    """Numbers of some faces, and their similarities to all."""
    for start in range(0, len(faces.names), ROWS):
        rows = np.arange(start, min(start + ROWS, len(faces.names)))
        yield rows, faces.vectors[rows] @ faces.vectors.T


def _counted(similarities: Vectors, which: NDArray[np.bool_], weights: Counts) -> Counts:
    bins = ((similarities[which].astype(np.float64) + 1) * (BINS / 2)).astype(np.intp)
    counted: Counts = np.bincount(bins.clip(0, BINS - 1), weights[which], BINS).astype(np.float64)
    return counted


def _from_above(counts: Counts) -> Counts:
    total = counts.sum()
    above: Counts = counts[::-1].cumsum()[::-1]
    return above / total if total else above


def _similarity(compared: Comparisons, rate: float) -> float:
    """Least threshold with at most that rate."""
    rates = compared.false_matches()
    return float(np.append(thresholds(), 1.0)[np.searchsorted(-rates, -rate)])


def _rising(points: list[Point]) -> list[Point]:
    """Points without those that are no more similar than the one before."""
    kept = points[:1]
    for point in points[1:]:
        if point[1] > kept[-1][1] and point[0] < kept[-1][0]:
            kept.append(point)
    return kept


def _continued(points: list[Point], rates: list[float]) -> list[Point]:
    """Further points on the straight line through the last decade that was counted, as far as 1."""
    last_rate, last = points[-1]
    start_rate, start = next(point for point in points if point[0] <= 10 * last_rate or point is points[-2])
    slope = (last - start) / np.log10(last_rate / start_rate)
    line = [(rate, float(last + slope * np.log10(rate / last_rate))) for rate in rates]
    return _rising([points[-1], *((rate, at) for rate, at in line if at <= 1)])[1:]
