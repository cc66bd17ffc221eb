"""What others are told of, and by which way."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """PING: sent to one webhook on demand, to see whether it arrives."""

    PHOTO_PROCESSED = "photo.processed"
    GALLERY_FINISHED = "gallery.finished"
    CLIENT_MATCHED = "client.matched"
    ANALYSIS_DONE = "analysis.done"
    BLACKLIST_HIT = "blacklist.hit"
    JOB_FAILED = "job.failed"
    ALERT_RAISED = "alert.raised"
    ALERT_CLEARED = "alert.cleared"
    PING = "ping"


HAPPENINGS = tuple(kind for kind in EventKind if kind is not EventKind.PING)
"""What a webhook may want to be told of."""


class Channel(StrEnum):
    """By which way somebody is told. All but webhooks are the operator's, and told of every tenant's events."""

    WEBHOOK = "webhook"
    SQS_RESULTS = "sqs:results"
    SQS_FAILURES = "sqs:failures"
    SNS_ALERTS = "sns:alerts"


_RESULTS = frozenset(
    (
        *(EventKind.PHOTO_PROCESSED, EventKind.CLIENT_MATCHED, EventKind.GALLERY_FINISHED),
        *(EventKind.ANALYSIS_DONE, EventKind.BLACKLIST_HIT),
    )
)
_FAILURES = frozenset((EventKind.JOB_FAILED, EventKind.ALERT_RAISED, EventKind.ALERT_CLEARED))

TOLD_OF: Mapping[Channel, frozenset[EventKind]] = {
    Channel.SQS_RESULTS: _RESULTS,
    Channel.SQS_FAILURES: _FAILURES,
    Channel.SNS_ALERTS: _FAILURES,
}
"""What goes by the operator's channels, where they are configured."""


@dataclass(frozen=True, slots=True)
class Event:
    """gallery_id: "" where it is about none. payload: JSON; ids and figures, never a picture or an embedding."""

    kind: EventKind
    payload: Mapping[str, object]
    gallery_id: str = ""
