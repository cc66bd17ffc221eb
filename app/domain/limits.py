"""How much one caller may ask for, and how that is counted among several processes."""

from dataclasses import dataclass

MINUTE = 60.0
SHARES = 20
"""Parts that an allowance is cut into. A process takes one at a time, so that not every call asks the database."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A token bucket: `a_minute` come in evenly, and no more than as many lie in it. 0: no limit.

    Source: J. Turner, New directions in communications, IEEE Communications Magazine 24(10), 1986.
    """

    a_minute: int

    @property
    def a_second(self) -> float:
        return self.a_minute / MINUTE

    def part(self, cost: int) -> int:
        """What a process takes from the bucket at once for a call of that cost."""
        return max(cost, self.a_minute // SHARES)

    def wait(self, missing: float) -> float:
        """Seconds until so much has come in."""
        return missing / self.a_second


@dataclass(frozen=True, slots=True)
class Meter:
    """Whose bucket it is. verb: what it is for, e.g. a scope."""

    tenant: str
    caller: str
    verb: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket gave: `granted` of what was asked for, and `left` in it."""

    granted: int
    left: float
