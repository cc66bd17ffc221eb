"""Cosine similarity ↔ the 0–100 that AWS Rekognition answers with. Pure functions; docs/decisions/0011 says why so.

What a cosine is worth depends on the model, what 80 means does not: both are tied to how often two different people's
faces are that similar (FMR). Between the ties the scale is straight in the logarithm of the FMR.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.calibration import LEAST_RATE, Curve

TIES = ((80.0, 2e-6), (99.0, 1e-9))
"""Percent, and the FMR it stands for.

80: the ACLU of Northern California searched 535 members of Congress among 25,000 strangers at Rekognition's default of
80, and 28 were given a name (2018): 28 / (535 × 25,000) = 2.1e-6. 99: Amazon repeated it among 850,000 faces at 99, and
nobody was: with 95 % confidence less than 3 / (535 × 850,000) = 6.6e-9; we keep well below.
"""

OF_NOTHING = 4.0
"""Percent of cosine 0, two faces that have nothing to do with each other, where no curve tells."""

FULL = 100.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A map that rises all the way, −1…1 to 0…100, and its inverse.

    curve: what similarities are worth. None: nobody has measured it; then 80 is `threshold`, by which the operator says
    what counts as the same person.
    """

    curve: Curve | None
    threshold: float = 0.35

    def percent(self, cosine: float) -> float:
        """0–100.

        >>> round(Scale(None, 0.35).percent(0.35), 6)
        80.0
        """
        places, percents = self._ties()
        return float(np.interp(self._place(cosine), places, percents))

    def cosine(self, percent: float) -> float:
        """The inverse: least cosine similarity that is worth so much, −1…1.

        >>> round(Scale(None, 0.35).cosine(80), 6)
        0.35
        """
        places, percents = self._ties()
        place = float(np.interp(percent, percents, places))
        return max(-1.0, min(1.0, self.curve.at(place) if self.curve else place))

    def _place(self, cosine: float) -> float:
        """Where the scale is straight: decades of FMR, or the cosine itself where no curve is known."""
        return self.curve.decades(cosine) if self.curve else cosine

    def _ties(self) -> tuple[Sequence[float], Sequence[float]]:
        ties = _measured() if self.curve else _believed(self.threshold)
        first, last = self._place(-1.0), self._place(1.0)
        # A model so poor that not even the same picture twice deserves 99 never says 100.
        end = last if not self.curve or last > ties[-1][0] else max(last, -math.log10(LEAST_RATE))
        between = [tie for tie in ties if first < tie[0] < end]
        places, percents = zip((first, 0.0), *between, (end, FULL), strict=True)
        return places, percents


def _measured() -> tuple[tuple[float, float], ...]:
    return tuple((-math.log10(rate), percent) for percent, rate in TIES)


def _believed(threshold: float) -> tuple[tuple[float, float], ...]:
    same = (threshold, TIES[0][0])
    return ((0.0, OF_NOTHING), same) if threshold > 0 else (same,)
