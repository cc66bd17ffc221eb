"""Takes tasks from the queue, until told to stop, whatever happens to the database meanwhile."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from procrastinate.exceptions import ConnectorException
from procrastinate.retry import RetryStrategy

from app import telemetry, tracing
from app.domain.errors import DatabaseUnavailable
from app.domain.jobs import Task
from app.store.queue import DELIVERIES, WORK, Queue, lane

Handler = Callable[..., Awaitable[None]]
Chore = Callable[[], Awaitable[None]]

CHORE_SECONDS = 3600
PAUSE_SECONDS = 1.0
"""Between the loss of the database and the next attempt to work."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """concurrency: tasks at once; deliveries: of events at once, beside them.

    poll: seconds after which the queue is asked, for what no notification told of. heartbeat: seconds between two
    signs of life; a worker that gave none for `stalled` seconds is taken for dead, and its tasks are done by others.
    """

    concurrency: int = 2
    deliveries: int = 16
    heartbeat: float = 5
    stalled: float = 20
    poll: float = 2


class QueueWorker:
    """See ports.Worker."""

    def __init__(
        self, queue: Queue, handlers: Mapping[Task, Handler], chores: Sequence[Chore], options: Options
    ) -> None:
        self._queue = queue
        self._chores = chores
        self._options = options
        for task, handler in handlers.items():
            # Handlers write down themselves what failed and when it is tried again. What comes out here is the
            # database's absence, or a bug: the same task again, later.
            again = RetryStrategy(max_attempts=50, exponential_wait=2)
            queue.app.task(name=task, queue=lane(task), retry=again)(_named(handler, task))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            loops = [group.create_task(self._rescue()), group.create_task(self._tidy())]
            try:
                while True:
                    await self._work()
                    await asyncio.sleep(PAUSE_SECONDS)
            finally:
                for loop in loops:
                    loop.cancel()

    async def _work(self) -> None:
        """Work until the database fails."""
        broken = self._queue.connector.broken
        broken.clear()
        lanes = {WORK: self._options.concurrency, DELIVERIES: self._options.deliveries}
        works = [asyncio.create_task(self._take(name, places)) for name, places in lanes.items()]
        lost = asyncio.create_task(broken.wait())
        try:
            await asyncio.wait([*works, lost], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (lost, *works):
                task.cancel()  # what is in hand is finished first
            for work in works:
                with suppress(asyncio.CancelledError, ConnectorException):
                    await work

    async def _take(self, name: str, places: int) -> None:
        await self._queue.app.run_worker_async(
            queues=[name],
            concurrency=places,
            install_signal_handlers=False,
            delete_jobs="always",
            fetch_job_polling_interval=self._options.poll,
            update_heartbeat_interval=self._options.heartbeat,
            stalled_worker_timeout=self._options.stalled,
        )

    async def _rescue(self) -> None:
        """Put back into the queue what dead workers had in hand."""
        manager = self._queue.app.job_manager
        while True:
            await asyncio.sleep(self._options.heartbeat)
            with suppress(ConnectorException):
                for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._options.stalled):
                    _log.warning("a worker died with %s in hand", job.task_name)
                    with suppress(ConnectorException):  # another rescuer was faster
                        await manager.retry_job(job)

    async def _tidy(self) -> None:
        while True:
            for chore in self._chores:
                with suppress(DatabaseUnavailable):
                    await chore()
            await asyncio.sleep(CHORE_SECONDS)


def _named(handler: Handler, task: Task) -> Callable[..., Awaitable[None]]:
    async def handle(trace: Mapping[str, str] | None = None, **arguments: Any) -> None:  # noqa: ANN401 - what was put into the queue
        with tracing.continued(trace or {}, task), telemetry.task(task):
            await handler(**arguments)

    handle.__name__ = str(task)
    return handle
