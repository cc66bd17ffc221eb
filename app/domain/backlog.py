"""What waits to be done, what waits for somebody to look, and what the service has to say of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Lane:
    """Tasks of one lane of the queue. later: those that wait for their next attempt."""

    name: str
    due: int
    later: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """urgent_seconds, bulk_seconds: how long the first of the due tasks that a person waits for, or not, has waited.

    workers: that gave a sign of life lately. dead_letters: what failed for good, by kind.
    """

    lanes: tuple[Lane, ...]
    urgent_seconds: float
    bulk_seconds: float
    workers: int
    dead_letters: Mapping[str, int]

    @property
    def due(self) -> int:
        return sum(lane.due for lane in self.lanes)


class AlertKind(StrEnum):
    """What the service itself notices. SOURCE_DOWN has the kind of source as its subject."""

    QUEUE_STALLED = "queue_stalled"
    SOURCE_DOWN = "source_down"


@dataclass(frozen=True, slots=True)
class Alert:
    """subject: what it is about, "" where the kind says all. detail: for a person. seconds: since it was raised."""

    kind: AlertKind
    subject: str
    detail: str
    seconds: float
