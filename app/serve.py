"""`python -m app serve`: HTTP on HOST and PORT.

Reading the program's modules takes longer than making a database, so the embedded one is begun first and the modules
are read meanwhile. That is why some of them are imported inside a function here.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from app import logs
from app.config import Settings
from app.startup import in_one_screen, is_loopback, read_settings, stop
from app.store.embedded import EmbeddedPostgres

GRACE_SECONDS = 20


def serve() -> None:
    """Serve until told to stop. Settings come from the environment and from .env."""
    settings = read_settings()
    _refuse_strangers(settings)
    logs.configure(settings.server.log_level, settings.server.service_name)
    with in_one_screen(), _database(settings) as embedded:
        from app import wiring  # noqa: PLC0415 - see above

        wiring.find_pack(settings)
        _run(settings, embedded)


def _run(settings: Settings, embedded: EmbeddedPostgres | None) -> None:
    import uvicorn  # noqa: PLC0415 - see above

    from app.main import create_app  # noqa: PLC0415 - see above
    from app.wiring import open_services  # noqa: PLC0415 - see above

    run = partial(
        uvicorn.run,
        factory=True,
        host=settings.server.host,
        port=settings.server.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        workers=settings.server.web_concurrency,
    )
    database_url = embedded.start() if embedded else None
    if settings.server.web_concurrency == 1:
        # The services stop the database themselves: uvicorn ends with the signal that it was sent, and nothing after
        # it is run.
        run(partial(create_app, settings, partial(open_services, database=embedded)))
    else:
        with _shared(settings, database_url):
            run("app.main:create_app")


@contextmanager
def _database(settings: Settings) -> Iterator[EmbeddedPostgres | None]:
    """Begin the embedded database, if there is to be one, and stop it in the end."""
    if settings.database.database_url:
        yield None
        return
    embedded = EmbeddedPostgres(settings.database.data_dir / "postgres")
    embedded.begin()
    try:
        yield embedded
    finally:
        embedded.stop()


@contextmanager
def _shared(settings: Settings, database_url: str | None) -> Iterator[None]:
    """What several serving processes have in common: one embedded database, one folder of metrics."""
    with tempfile.TemporaryDirectory() as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        if database_url:
            # To them it is a database like any other, so that they would leave its work to others.
            works = settings.worker.in_process is not False
            os.environ |= {"DATABASE_URL": database_url, "WORKER_IN_PROCESS": str(works).lower()}
        yield


def _refuse_strangers(settings: Settings) -> None:
    if settings.server.admin_token is None and not is_loopback(settings.server.host):
        stop(
            f"HOST={settings.server.host} lets other machines in, and there is no key to tell who they are.\n"
            "Set ADMIN_TOKEN to a secret of 16 characters or more, or HOST=127.0.0.1."
        )
