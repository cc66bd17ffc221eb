"""Answers that are good for a few seconds."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = 5.0
"""How long a key that was revoked elsewhere may still be taken for good."""
MOST = 10_000
"""Answers that are remembered, so that nobody fills the memory with guesses."""


class Remember(Generic[T]):
    """Asks once for a name, and again when the answer has grown old. What is raised is not remembered."""

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()

    async def get(self, name: str, ask: Callable[[str], Awaitable[T]]) -> T:
        until, answer = self._known.get(name, (0.0, None))
        if answer is not None and monotonic() < until:
            return answer
        answer = await ask(name)
        self._known[name] = monotonic() + self._seconds, answer
        self._known.move_to_end(name)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return answer

    def forget(self) -> None:
        """Everything."""
        self._known.clear()
