"""The database, whichever it is: whether it answers, is what this code expects, and what lies about in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from app.commands.doctor.finding import Finding, bad, look, ok
from app.commands.place import place
from app.config import Settings
from app.domain.errors import DatabaseUnavailable
from app.store.checkup import Patient, Told, examined
from app.store.migrate import OLDEST_PGVECTOR, OLDEST_POSTGRES

APART_SECONDS = 30
"""Clocks further apart than this are wrong. At five minutes signatures of webhooks and of S3 are refused."""

MAKE_PGVECTOR = "python -m app migrate, or as an administrator: CREATE EXTENSION vector;"


@contextmanager
def opened(settings: Settings) -> Iterator[Patient]:
    """The database that the settings mean. Raises DatabaseUnavailable."""
    with place(settings) as url, examined(url) as patient:
        yield patient


def unreachable(error: DatabaseUnavailable) -> Finding:
    return bad("database", str(error), "Is DATABASE_URL right, does the server run, may this machine reach it?")


def database(patient: Patient) -> Iterator[Finding]:
    """Whether anything can work with it; what else there is to say needs `contents`."""
    if patient.server < OLDEST_POSTGRES:
        yield bad("database", f"It is PostgreSQL {patient.server}.", f"Move to PostgreSQL {OLDEST_POSTGRES} or later.")
    else:
        yield ok("database", f"PostgreSQL {patient.server} answers.")
    yield _pgvector(patient.pgvector())
    yield _clock(patient)


def _pgvector(version: str) -> Finding:
    oldest = ".".join(map(str, OLDEST_PGVECTOR))
    if not version:
        return bad(
            "pgvector",
            "It is not installed in this database.",
            MAKE_PGVECTOR,
        )
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_PGVECTOR:
        return bad("pgvector", f"It is {version}; {oldest} is needed.", "ALTER EXTENSION vector UPDATE;")
    return ok("pgvector", version)


def _clock(patient: Patient) -> Finding:
    apart = abs((patient.now() - datetime.now(UTC)).total_seconds())
    if apart < APART_SECONDS:
        return ok("clock", "It agrees with the database's.")
    return bad("clock", f"It is {apart:.0f} seconds from the database's.", "Let both machines keep time by NTP.")


def migrations(patient: Patient) -> Finding:
    try:
        pending = patient.pending()
    except DatabaseUnavailable as changed:
        return bad("migrations", str(changed), "Run the release that was installed before, or restore its files.")
    if pending:
        return bad("migrations", f"{len(pending)} are pending, from {pending[0]}.", "python -m app migrate")
    return ok("migrations", "All have been run.")


def contents(patient: Patient, settings: Settings, recognisers: Sequence[str]) -> Iterator[Finding]:
    """What is in a database whose migrations are current. recognisers: of whose faces can be searched, if any can."""
    yield _indexes(patient.broken_indexes())
    yield _collections(patient.other_models(recognisers) if recognisers else [])
    yield _queue(patient.idle_queue(settings.worker.stalled_seconds))
    yield _dead_letters(patient.dead_letters())
    yield from _webhooks(patient.failing_webhooks())


def _indexes(broken: Sequence[str]) -> Finding:
    if not broken:
        return ok("indexes", "All are usable.")
    mend = " ".join(f"REINDEX INDEX CONCURRENTLY {name};" for name in broken)
    return bad("indexes", f"Not usable: {', '.join(broken)}.", mend)


def _collections(others: Sequence[str]) -> Finding:
    if not others:
        return ok("collections", "All are of the loaded model.")
    says = f"Of another model, and answered with 409: {', '.join(others)}."
    return look("collections", says, "Load that model's pack, or POST /index with mode=reindex.")


def _queue(due: int) -> Finding:
    if not due:
        return ok("queue", "Nothing waits for want of a worker.")
    return bad("queue", f"{due} tasks are due and no worker is alive.", "python -m app worker")


def _dead_letters(dead: Mapping[str, int]) -> Finding:
    if not dead:
        return ok("dead letters", "There are none.")
    says = ", ".join(f"{count} {kind}" for kind, count in dead.items())
    return look("dead letters", f"{says}.", "GET /jobs?state=failed says why; POST /jobs/{id}/retry.")


def _webhooks(failing: Sequence[Told]) -> Iterator[Finding]:
    for told in failing:
        whom = f"{told.webhook_id} at {urlsplit(told.url).netloc}"
        yield bad("webhooks", f"{whom}: {told.error}", f"GET /webhooks/{told.webhook_id}/deliveries has every attempt.")
    if not failing:
        yield ok("webhooks", "None fails.")
