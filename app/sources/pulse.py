"""Whether the operator's storages answer, as seen by whoever reads from them."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

from app.domain.errors import FaceReconError, SourceDenied, SourceTooSlow, Unavailable
from app.telemetry import reading

OWN = frozenset(("supabase", "s3", "r2"))
"""Sources that the settings name. Of an `image_url` that does not answer, its caller is told, and nobody else."""

DOWN = (Unavailable, SourceDenied, SourceTooSlow)
"""What says something of the source and not of the picture."""

FAILURES = 3
"""In a row, before a source is said to be failing."""


class Pulse:
    """See ports.SourcePulse."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self._failures: Counter[str] = Counter()
        self._last: dict[str, float] = {}

    @contextmanager
    def reading(self, source: str) -> Iterator[None]:
        """Count and time a read, and take the source's pulse by how it ends."""
        try:
            with reading(source):
                yield
        except DOWN:
            self._failures[source] += 1
            self._since.setdefault(source, self._clock())
            raise
        except FaceReconError:
            self._note(source)  # it has no such object, or one that is no picture
            raise
        self._note(source)

    def failing(self) -> Mapping[str, float]:
        now = self._clock()
        return {
            source: now - since
            for source, since in self._since.items()
            if source in OWN and self._failures[source] >= FAILURES
        }

    def answered(self) -> Mapping[str, float]:
        now = self._clock()
        return {source: now - last for source, last in self._last.items()}

    def _note(self, source: str) -> None:
        self._last[source] = self._clock()
        self._since.pop(source, None)
        del self._failures[source]
