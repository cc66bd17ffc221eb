"""What a similarity is worth: how often two different people's faces are that similar. Pure functions."""

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

LEAST_RATE = 1e-15
"""No rate below this is spoken of: it would be extrapolation of an extrapolation."""

Point = tuple[float, float]


class Basis(StrEnum):
    """Where a rate comes from: counted, continued beyond what could be counted, or not known at all."""

    MEASURED = "measured"
    EXTRAPOLATED = "extrapolated"
    NONE = "none"


class Risk(StrEnum):
    """What a wrong name would cost."""

    LOW = "low"
    STANDARD = "standard"
    HIGH = "high"


TARGET_FPIR = {Risk.LOW: 0.05, Risk.STANDARD: 0.01, Risk.HIGH: 0.001}
"""Part of strangers that may be given a name. Our choice: FRTE reports 1:N accuracy at 0.01 and 0.001 or so."""

TARGET_FMR = {Risk.LOW: 1e-3, Risk.STANDARD: 1e-4, Risk.HIGH: 1e-6}
"""Part of impostors that may be taken for whom they claim to be. 1e-3 is what Frontex asks of border gates, 1e-4 what
FIDO's biometric certification is about; 1e-6 is where FRTE compares 1:1 algorithms."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Cosine similarity against the false match rate (FMR) of single comparisons.

    points: (rate, similarity), rates falling and similarities rising, two points at least. measured_to: least rate
    that was counted; those below are extrapolated. people, comparisons: what it was counted over; source: on what.
    Raises ValueError where the points are no such curve.
    """

    points: tuple[Point, ...]
    measured_to: float
    people: int
    comparisons: int
    source: str

    def __post_init__(self) -> None:
        falling = all(a[0] > b[0] and a[1] < b[1] for a, b in pairwise(self.points))
        sound = all(0 < rate <= 1 and -1 <= similarity <= 1 for rate, similarity in self.points)
        if len(self.points) < 2 or not (falling and sound and 0 < self.measured_to <= 1):  # noqa: PLR2004 - two make a line
            msg = "a curve has two points or more: rates of 0–1 that fall, similarities of −1…1 that rise"
            raise ValueError(msg)

    def rate(self, similarity: float) -> float:
        """FMR at that threshold: straight lines in log rate between the points, the last one continued."""
        return max(LEAST_RATE, 10 ** -self.decades(similarity))

    def threshold(self, rate: float) -> float:
        """Least similarity whose rate is at most `rate` (0 < rate ≤ 1): the inverse of `rate`, −1…1."""
        return min(1.0, self.at(-math.log10(max(rate, LEAST_RATE))))

    def decades(self, similarity: float) -> float:
        """Minus the logarithm of the FMR at that threshold: 6 for one in a million. Nothing is cut off at its end."""
        decades, similarities = self._line()
        if similarity >= similarities[-1]:
            slope = (decades[-1] - decades[-2]) / (similarities[-1] - similarities[-2])
            return float(decades[-1] + slope * (similarity - similarities[-1]))
        return float(np.interp(similarity, similarities, decades))

    def at(self, decades: float) -> float:
        """The similarity of which `decades` says so much; above 1 where none is enough."""
        known, similarities = self._line()
        if decades >= known[-1]:
            slope = (similarities[-1] - similarities[-2]) / (known[-1] - known[-2])
            return float(similarities[-1] + slope * (decades - known[-1]))
        return float(np.interp(decades, known, similarities))

    def basis(self, similarity: float) -> Basis:
        """Whether the rate at that threshold was counted."""
        return Basis.MEASURED if self.rate(similarity) >= self.measured_to * (1 - 1e-9) else Basis.EXTRAPOLATED

    def _line(self) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
        """Decades, and similarities. Everything is at least as similar as −1."""
        from_all = () if self.points[0][1] <= -1 else ((1.0, -1.0),)
        rates, similarities = np.array([*from_all, *self.points]).T
        return -np.log10(rates), similarities


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely a threshold is to name somebody wrongly.

    expected: 0–1; 1 where nothing is known, since nothing can be promised then. comparisons: of which one must not
    match; 1 for 1:1.
    """

    expected: float
    basis: Basis
    comparisons: int


UNKNOWN = 1.0


def fpir(rate: float, comparisons: int) -> float:
    """Part of strangers that match somebody of a gallery: 1 − (1 − FMR)^N.

    ISO/IEC 19795-1:2021 calls it the false positive identification rate. Exact for independent comparisons; where they
    hang together, as those with several faces of one member do, it is less.

    >>> round(fpir(1e-6, 10_000), 6)
    0.00995
    """
    return 1.0 if rate >= 1 and comparisons else -math.expm1(comparisons * math.log1p(-min(rate, 1 - 1e-16)))


def rate_for(target: float, comparisons: int) -> float:
    """FMR of which `comparisons` together come to the FPIR `target` (0 < target < 1): the inverse of `fpir`."""
    return -math.expm1(math.log1p(-target) / max(1, comparisons))


def odds(curve: Curve | None, threshold: float, comparisons: int = 1) -> Odds:
    """What a threshold means where a face is held against so many others."""
    if curve is None:
        return Odds(UNKNOWN if comparisons else 0.0, Basis.NONE, comparisons)
    return Odds(fpir(curve.rate(threshold), comparisons), curve.basis(threshold), comparisons)
