"""How long a sender may take, chunk by chunk."""

PATIENCE_SECONDS = 1.0


class Pace:
    """Credit that runs out with time and comes back with bytes.

    A sender begins with a second of credit and never has more: n bytes win back n / `least` seconds. So a drip is
    noticed after about a second, at the beginning as well as after a hundred quick megabytes, and a sender that keeps
    `least` bytes a second runs until `deadline`. Times are the event loop's, in seconds.
    """

    def __init__(self, least: int, now: float, deadline: float) -> None:
        self._least = least
        self._deadline = deadline
        self._until = now + PATIENCE_SECONDS

    def took(self, count: int, now: float) -> None:
        """Credit `count` bytes that arrived at `now`."""
        if self._least:
            self._until = min(self._until + count / self._least, now + PATIENCE_SECONDS)

    @property
    def until(self) -> float:
        """When to stop waiting."""
        return min(self._until, self._deadline) if self._least else self._deadline
