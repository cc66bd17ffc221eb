"""`python -m app worker`: take work from the queue until told to stop."""

import asyncio
import signal
from collections.abc import Sequence
from typing import Annotated

import structlog
import typer

from app import __version__, logs, telemetry, tracing
from app.config import Settings
from app.startup import in_one_screen, read_settings
from app.wiring import open_services, sqs_ingress

log = structlog.get_logger()

Sqs = Annotated[str, typer.Option(metavar="URL", help="An SQS queue to take in notifications of S3 from, as well.")]


def worker(*, sqs: Sqs = "") -> None:
    """Work in the background: any number of these on any number of machines, beside one DATABASE_URL."""
    settings = read_settings()
    logs.configure(settings.server.log_level, settings.server.service_name)
    if settings.tracing.exporter_otlp_endpoint:
        tracing.start(settings.server.service_name)
    telemetry.begin(__version__)
    with in_one_screen():
        asyncio.run(_work(settings, sqs))


async def _work(settings: Settings, sqs: str) -> None:
    """Finish what is in hand at SIGTERM or SIGINT, and take nothing more."""
    if settings.worker.metrics_port:
        telemetry.serve(settings.worker.metrics_host, settings.worker.metrics_port)
    async with open_services(settings) as services:
        workers = [services.worker, services.watch] + ([sqs_ingress(settings, services, sqs)] if sqs else [])
        async with asyncio.TaskGroup() as group:  # which, unlike gather, waits for all to finish what they have in hand
            running = [group.create_task(worker.run()) for worker in workers]
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, _stop, running)
            log.info("worker started")
        log.info("worker stopped")


def _stop(running: Sequence[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
