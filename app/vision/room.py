"""How much may wait: counted in pixels, since a picture of 12 megapixels is not one of a passport's size."""

from threading import Lock

from app.domain.errors import Overloaded
from app.telemetry import PIXELS_IN_FLIGHT, PIXELS_ROOM

EACH = 1_000_000
"""Pixels that every picture counts beside its own: finding faces takes as long as decoding so many."""


class Room:
    """A number of pixels that may be on their way at once. Safe to use from several threads."""

    def __init__(self, pixels: int) -> None:
        self._free = self._all = pixels
        self._lock = Lock()
        PIXELS_ROOM.set(pixels)

    def enter(self, pixels: int) -> int:
        """Take the room of a picture, and return what is to be given back. Raises Overloaded.

        Where nothing else is on its way, a picture of any size may enter.
        """
        cost = pixels + EACH
        with self._lock:
            if cost > self._free and self._free < self._all:
                msg = "Too many pictures are waiting to be looked at; try again in a moment."
                raise Overloaded(msg)
            self._free -= cost
        PIXELS_IN_FLIGHT.inc(cost)
        return cost

    def leave(self, cost: int) -> None:
        """Give the room back."""
        with self._lock:
            self._free += cost
        PIXELS_IN_FLIGHT.dec(cost)
