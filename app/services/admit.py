"""Take in as many calls with pictures as can be answered in time, and tell the others so before they are read.

What a call costs is known only once its picture is decoded, which is work already. So calls are counted, and the time
between two answers while others wait says what one of them costs. Why so: docs/decisions/0016-two-lengths-of-queue.md.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from app.domain.errors import Overloaded
from app.telemetry import CALLS_IN_HAND, CALLS_REFUSED

PER_THREAD = 2
"""Calls for each thread while too many come: one that is worked on, one that is read meanwhile or answered."""
FIRST_GUESS = 0.02
"""Seconds between two answers, before any was measured."""
LEAST_GAP = 0.0005
"""So that a hail of calls that fail at once is not taken for speed."""
WEIGHT = 0.05
"""Of the latest gap among all."""
SPELL_SECONDS = 1.0
FEW = 0.1
"""Share of the calls of a spell that may be refused in an ordinary crowd. More of them are a rush."""
LONGEST_RETRY = 30


@dataclass(slots=True)
class Admit:
    """threads: pictures that are looked at at once. wait: longest that a call is taken in for, in seconds; 0: any.

    A crowd that comes at once is taken in up to that wait. While more comes than can be done for longer, in a rush, a
    queue would only make every answer late: then a call is taken in only where it can begin at once.
    """

    threads: int
    wait: float
    clock: Callable[[], float] = monotonic
    _in_hand: int = field(default=0, init=False)
    _gap: float = field(default=FIRST_GUESS, init=False)
    _answered_at: float | None = field(default=None, init=False)
    _rush: bool = field(default=False, init=False)
    _spell: "_Spell" = field(init=False)

    def __post_init__(self) -> None:
        self._spell = _Spell(self.clock())

    @contextmanager
    def __call__(self) -> Iterator["Place"]:
        """A place for a call, until it is answered. Raises Overloaded, carrying `retry_after` in seconds."""
        self._judge()
        place = Place(self)
        self._enter()
        token = _PLACE.set(place)
        try:
            yield place
        finally:
            _PLACE.reset(token)
            self._leave()
            self._measure()

    @property
    def most(self) -> int:
        """Calls that may be in hand now."""
        at_work = self.threads * PER_THREAD
        return at_work if self._rush else max(at_work, int(self.wait / self._gap))

    def _judge(self) -> None:
        self._turn()
        self._spell.asked += 1
        if not self.wait or self._in_hand < self.most:
            return
        self._spell.refused += 1
        self._rush = True
        CALLS_REFUSED.inc()
        msg = "More pictures are sent than can be looked at; try again in a moment."
        raise Overloaded(msg, retry_after=self._retry_after())

    def _turn(self) -> None:
        now = self.clock()
        age = now - self._spell.began
        if age >= SPELL_SECONDS:
            self._rush = self._spell.is_rush and age < 2 * SPELL_SECONDS
            self._spell = _Spell(now)

    def _retry_after(self) -> int:
        """Seconds in which all could be served who wait, and all who were refused in this spell."""
        return min(LONGEST_RETRY, ceil((self._in_hand + self._spell.refused) * self._gap))

    def _enter(self) -> None:
        self._in_hand += 1
        CALLS_IN_HAND.inc()

    def _leave(self) -> None:
        self._in_hand -= 1
        CALLS_IN_HAND.dec()

    def _measure(self) -> None:
        now = self.clock()
        if self._answered_at is not None:
            self._gap = max(LEAST_GAP, self._gap + WEIGHT * (now - self._answered_at - self._gap))
        # Only while every thread has work does a gap say what a call costs; else it says how seldom one comes.
        self._answered_at = now if self._in_hand >= self.threads else None


@dataclass(slots=True)
class _Spell:
    """A second, and what was asked in it."""

    began: float
    asked: int = 0
    refused: int = 0

    @property
    def is_rush(self) -> bool:
        return self.refused > FEW * self.asked


@dataclass(slots=True)
class Place:
    """One call's. Of several pictures of a call some may be waited for: then it is counted as waiting."""

    _of: Admit
    _waits: int = field(default=0, init=False)

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Give the place up while something elsewhere is waited for: a slow sender or source keeps nobody out."""
        self._waits += 1
        if self._waits == 1:
            self._of._leave()  # noqa: SLF001 - two halves of one thing
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits:
                self._of._enter()  # noqa: SLF001


_PLACE: ContextVar[Place | None] = ContextVar("place", default=None)


def elsewhere() -> AbstractContextManager[None]:
    """While this lasts the call that we are in, if any, waits for others and needs no place."""
    place = _PLACE.get()
    return place.elsewhere() if place else nullcontext()
