"""Let each caller have what is theirs, and no more."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from app.domain.access import Caller, Scope
from app.domain.errors import RateLimited, TooManyAtOnce
from app.domain.limits import MINUTE, SHARES, Allowance, Meter
from app.ports import Buckets

KEPT = MINUTE / SHARES
"""Seconds for which a process may spend what it took. What is left then is lost, so that nothing is hoarded."""
MOST_KNOWN = 10_000
"""Callers whose parts are held. Then all are dropped: each takes another part."""


@dataclass(slots=True)
class Purse:
    """What a process has taken for a caller. until: seconds of the clock."""

    tokens: int
    until: float


@dataclass(frozen=True, slots=True)
class Throttle:
    """allowances: by verb, for each caller. at_once: calls of one caller that a process has in hand, 0 for any number.

    Several processes together may let through a part (a twentieth) more for each of them in a minute: what they took
    and have not spent. Whoever has the operator's scope is not limited.
    """

    buckets: Buckets
    allowances: dict[Scope, Allowance]
    at_once: int
    clock: Callable[[], float] = monotonic
    _purses: dict[Meter, Purse] = field(default_factory=dict, init=False)
    _in_hand: Counter[tuple[str, str]] = field(default_factory=Counter, init=False)

    async def charge(self, caller: Caller, verb: Scope, cost: int = 1) -> None:
        """Take `cost` from the caller's allowance. Raises RateLimited, carrying `retry_after` in seconds."""
        allowance = self.allowances.get(verb, Allowance(0))
        if Scope.OPERATE in caller.scopes or not allowance.a_minute:
            return
        meter = Meter(caller.tenant, caller.name, verb)
        purse = self._purse(meter)
        if purse.tokens < cost:
            await self._fill(meter, purse, allowance, cost)
        purse.tokens -= cost

    @contextmanager
    def holding(self, caller: Caller) -> Iterator[None]:
        """Count a call of the caller as in hand meanwhile. Raises TooManyAtOnce."""
        who = (caller.tenant, caller.name)
        if self.at_once and self._in_hand[who] >= self.at_once and Scope.OPERATE not in caller.scopes:
            msg = f"{caller.name} has {self.at_once} calls in hand already."
            raise TooManyAtOnce(msg, retry_after=1)
        self._in_hand[who] += 1
        try:
            yield
        finally:
            self._in_hand[who] -= 1
            if not self._in_hand[who]:
                del self._in_hand[who]

    def _purse(self, meter: Meter) -> Purse:
        purse = self._purses.get(meter)
        if purse and purse.until > self.clock():
            return purse
        if len(self._purses) >= MOST_KNOWN:
            self._purses.clear()
        self._purses[meter] = purse = Purse(0, self.clock() + KEPT)
        return purse

    async def _fill(self, meter: Meter, purse: Purse, allowance: Allowance, cost: int) -> None:
        missing = cost - purse.tokens
        taken = await self.buckets.take(meter, allowance, allowance.part(missing), least=missing)
        if not taken.granted:
            wait = ceil(allowance.wait(missing - taken.left))
            msg = f"{meter.caller} may {meter.verb} {allowance.a_minute} times a minute; wait {wait} s."
            raise RateLimited(msg, retry_after=wait)
        purse.tokens += taken.granted
        purse.until = self.clock() + KEPT
