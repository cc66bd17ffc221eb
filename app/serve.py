"""`python -m app serve`: HTTP on HOST and PORT.

Reading the program's modules takes longer than making a database, so the embedded one is begun first and the modules
are read meanwhile. That is why some of them are imported inside a function here.
"""

import os
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from app import logs
from app.config import Settings
from app.startup import in_one_screen, is_loopback, read_settings, stop
from app.store.embedded import EmbeddedPostgres
from app.store.key_file import KEY_FILE, kept_key

GRACE_SECONDS = 20


def serve() -> None:
    """Serve until told to stop. Settings come from the environment and from .env."""
    settings = read_settings()
    _refuse_strangers(settings)
    logs.configure(settings.server.log_level, settings.server.service_name)
    with in_one_screen(), _database(settings) as embedded:
        from app import wiring  # noqa: PLC0415 - see above

        wiring.find_liveness(settings, wiring.find_pack(settings))
        _run(settings, embedded)


def _run(settings: Settings, embedded: EmbeddedPostgres | None) -> None:
    import uvicorn  # noqa: PLC0415 - see above

    from app.connection import Connection  # noqa: PLC0415 - see above
    from app.main import create_app  # noqa: PLC0415 - see above
    from app.wiring import open_services  # noqa: PLC0415 - see above

    run = partial(
        uvicorn.run,
        factory=True,
        host=settings.server.host,
        port=settings.server.port,
        log_config=None,
        access_log=False,
        http=Connection,
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
        with _shared(_embedded(settings, database_url) if database_url else {}):
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


def _embedded(settings: Settings, database_url: str) -> dict[str, str]:
    """An embedded database as the processes that share it see it: an address, and the key that lies beside it."""
    # To them it is a database like any other, so that they would leave its work to others.
    works = settings.worker.in_process is not False
    shared = {"DATABASE_URL": database_url, "WORKER_IN_PROCESS": str(works).lower()}
    if settings.secrets.encryption_key:
        return shared
    key = kept_key(settings.database.data_dir / KEY_FILE)
    return shared | {"ENCRYPTION_KEY": b64encode(key).decode()}


@contextmanager
def _shared(environment: Mapping[str, str]) -> Iterator[None]:
    """What several serving processes have in common: one folder of metrics, and what else is given."""
    with tempfile.TemporaryDirectory() as metrics:
        os.environ |= {"PROMETHEUS_MULTIPROC_DIR": metrics, **environment}
        yield


def _refuse_strangers(settings: Settings) -> None:
    if settings.server.admin_token is None and not is_loopback(settings.server.host):
        stop(
            f"HOST={settings.server.host} lets other machines in, and there is no key to tell who they are.\n"
            "Set ADMIN_TOKEN to a secret of 16 characters or more, or HOST=127.0.0.1."
        )
