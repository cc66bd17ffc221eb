"""Where the database is that the settings mean, whether a service has it in hand or not."""

from collections.abc import Iterator
from contextlib import contextmanager

from app import wiring
from app.config import Settings
from app.store.checkup import running


@contextmanager
def place(settings: Settings) -> Iterator[str]:
    """Its address. An embedded one is started for as long as this lasts, unless a service runs it just now.

    Raises DatabaseUnavailable.
    """
    database = settings.database
    at = "" if database.database_url else running(database.data_dir / "postgres")
    if at:
        yield at
        return
    with wiring.database_at(database) as url:
        yield url
