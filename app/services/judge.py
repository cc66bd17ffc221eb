"""Where the cut lies for a call, and how likely it is then that the answer is a wrong name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from app.domain.calibration import Curve, Odds, odds, rate_for
from app.domain.collections import CollectionRef
from app.domain.errors import NotCalibrated
from app.domain.matching import Policy
from app.domain.scale import Scale
from app.ports import CurveStore, Recogniser

PATIENCE = 100
"""What took a second to ask is believed for a hundred: asking costs 1 % of the time at most. A small collection is
asked for anew nearly every time; a large one, whose count takes long, hardly changes its odds meanwhile."""

MOST_KNOWN = 10_000
"""Collections that are remembered. Then all are forgotten and asked for again."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The policy that holds for a call, and its odds."""

    policy: Policy
    odds: Odds


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a collection. own: whether the curve was measured for it. faces: kept in it."""

    curve: Curve | None
    own: bool
    faces: int


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns what a caller asks for, a threshold or a rate, into a cut. shipped: the curve of the loaded recogniser."""

    policy: Policy
    recogniser: Recogniser
    curves: CurveStore
    shipped: Curve | None
    clock: Callable[[], float] = monotonic
    _known: dict[CollectionRef, tuple[float, Standing]] = field(default_factory=dict, init=False)

    async def among(self, ref: CollectionRef, *, threshold: float | None, target: float | None) -> Cut:
        """For a search of the whole collection. target: FPIR, 0–1, in the place of a threshold.

        Every kept face counts as a comparison of its own: those of one member hang together, so that the true rate is
        somewhat lower. Raises NotCalibrated where a target is given and no curve is known.
        """
        standing = await self.standing(ref)
        return self._cut(standing.curve, threshold, target, standing.faces)

    async def one(self, ref: CollectionRef, *, threshold: float | None, target: float | None) -> Cut:
        """For a comparison with one member. target: FMR, 0–1. Raises NotCalibrated."""
        return self._cut((await self.standing(ref)).curve, threshold, target, 1)

    def pair(self, *, threshold: float | None, target: float | None) -> Cut:
        """For two pictures that belong to no collection. target: FMR, 0–1. Raises NotCalibrated."""
        return self._cut(self.shipped, threshold, target, 1)

    async def scale(self, ref: CollectionRef) -> Scale:
        """What similarities in the collection are worth, 0–100."""
        return Scale((await self.standing(ref)).curve, self.policy.threshold)

    def pair_scale(self) -> Scale:
        """What the similarity of two pictures is worth that belong to no collection."""
        return Scale(self.shipped, self.policy.threshold)

    async def standing(self, ref: CollectionRef) -> Standing:
        """The curve in force and the number of faces, a little old perhaps."""
        until, standing = self._known.get(ref, (0.0, None))
        began = self.clock()
        if standing and began < until:
            return standing
        own = await self.curves.get(ref, self.recogniser.model)
        asked = Standing(own or self.shipped, own is not None, await self.recogniser.size(ref))
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        now = self.clock()
        self._known[ref] = (now + PATIENCE * (now - began), asked)
        return asked

    def forget(self, ref: CollectionRef) -> None:
        """Ask for that collection anew next time."""
        self._known.pop(ref, None)

    def _cut(self, curve: Curve | None, threshold: float | None, target: float | None, comparisons: int) -> Cut:
        if target is not None:
            if curve is None:
                raise NotCalibrated
            threshold = curve.threshold(rate_for(target, comparisons))
        policy = self.policy.at(threshold)
        return Cut(policy, odds(curve, policy.threshold, comparisons))
