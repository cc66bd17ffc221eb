"""Token buckets in a dictionary."""

from collections.abc import Callable
from time import monotonic

from app.domain.limits import Allowance, Meter, Taken


class FakeBuckets:
    """They pass the contract that Postgres passes. clock: seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._kept: dict[Meter, tuple[float, float]] = {}
        self.asked = 0

    async def take(self, meter: Meter, allowance: Allowance, wanted: int, *, least: int) -> Taken:
        self.asked += 1
        most, now = float(max(allowance.a_minute, least)), self._clock()
        tokens, at = self._kept.get(meter, (most, now))
        tokens = min(most, tokens + (now - at) * allowance.a_second)
        granted = wanted if tokens >= wanted else int(tokens) if tokens >= least else 0
        self._kept[meter] = (tokens - granted, now)
        return Taken(granted, tokens - granted)

    async def forget_full(self) -> None:
        self._kept.clear()
