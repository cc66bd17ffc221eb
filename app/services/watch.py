"""Look at the queue, the database and the sources every few seconds: for the metrics, and to raise the alarm."""

import asyncio
from dataclasses import dataclass

import structlog

from app.domain.backlog import Alert, AlertKind, Backlog
from app.domain.errors import FaceReconError
from app.event_ports import AlertStore
from app.ports import Database, SourcePulse
from app.telemetry import ALERTS, DATABASE_UP, DEAD_LETTERS, KEPT, QUEUE_OLDEST, QUEUE_TASKS, QUEUE_WORKERS

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, is too long.

    look: between two looks. stalled: that what a person waits for may wait. source_down: that a source may fail.
    worker: that a worker may give no sign of life.
    """

    look: float = 15
    stalled: float = 300
    source_down: float = 120
    worker: float = 20


@dataclass(frozen=True, slots=True)
class Watch:
    """Any number of processes watch at once: an alert is raised, and told of, once."""

    database: Database
    alerts: AlertStore
    pulse: SourcePulse
    patience: Patience

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("the watch met a bug")  # which must not keep anybody from work
            await asyncio.sleep(self.patience.look)

    async def look(self) -> None:
        """Look once. A database that does not answer is noted."""
        try:
            backlog = await self.database.backlog(self.patience.worker)
            _show(backlog)
            for what, count in (await self.database.estimates()).items():
                KEPT.labels(what).set(count)
            await self._tell(backlog)
        except FaceReconError:
            DATABASE_UP.set(0)
        else:
            DATABASE_UP.set(1)

    async def _tell(self, backlog: Backlog) -> None:
        for (kind, subject), detail in self._wrong(backlog).items():
            await self.alerts.raise_alert(kind, subject, detail)
        raised = await self.alerts.raised()
        over = [alert for alert in raised if self._is_over(alert, backlog)]
        for alert in over:
            await self.alerts.clear(alert.kind, alert.subject)
        left = {alert.kind for alert in raised if alert not in over}
        for kind in AlertKind:
            ALERTS.labels(kind).set(kind in left)

    def _wrong(self, backlog: Backlog) -> dict[tuple[AlertKind, str], str]:
        """What is wrong, in words."""
        down = {
            (AlertKind.SOURCE_DOWN, source): f"Nothing could be read from {source} for {seconds:.0f} seconds."
            for source, seconds in self.pulse.failing().items()
            if seconds >= self.patience.source_down
        }
        stalled = backlog.urgent_seconds >= self.patience.stalled
        return down | ({(AlertKind.QUEUE_STALLED, ""): _stalled(backlog)} if stalled else {})

    def _is_over(self, alert: Alert, backlog: Backlog) -> bool:
        """A source must have answered since; and where it answers some and not others, that is told once in a while."""
        if alert.kind is AlertKind.QUEUE_STALLED:
            return backlog.urgent_seconds < self.patience.stalled
        answered = self.pulse.answered().get(alert.subject)
        return answered is not None and answered < alert.seconds and alert.seconds >= self.patience.source_down


def _stalled(backlog: Backlog) -> str:
    waited = f"{backlog.due} tasks are due, the first of them for {backlog.urgent_seconds:.0f} seconds"
    return f"{waited}; {backlog.workers} workers are at work."


def _show(backlog: Backlog) -> None:
    for lane in backlog.lanes:
        QUEUE_TASKS.labels(lane.name, "due").set(lane.due)
        QUEUE_TASKS.labels(lane.name, "later").set(lane.later)
        QUEUE_TASKS.labels(lane.name, "in_hand").set(lane.in_hand)
    QUEUE_OLDEST.labels("urgent").set(backlog.urgent_seconds)
    QUEUE_OLDEST.labels("bulk").set(backlog.bulk_seconds)
    QUEUE_WORKERS.set(backlog.workers)
    for kind, count in backlog.dead_letters.items():
        DEAD_LETTERS.labels(kind).set(count)
