"""Connections to Postgres, transactions on them, and psycopg's errors in our words.

Everything here also works through a pooler in transaction mode (PgBouncer, Supabase's port 6543), where the server
behind a connection changes from one transaction to the next: no prepared statements, no `set` but `set local`, no
session locks. Nothing is registered per connection either: vectors travel as text, so no type's oid is remembered.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import AsyncClientCursor, AsyncConnection, errors
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from app.domain.errors import (
    Conflict,
    ConsentRequired,
    DatabaseUnavailable,
    FaceReconError,
    InvalidRequest,
    QuotaExceeded,
)
from app.store import sql

QUERIES = sql.load(__file__)

Connection = AsyncConnection[TupleRow]
Cursor = AsyncClientCursor[TupleRow]
T = TypeVar("T")

ROLE = "face_service"
"""Whom each transaction becomes, where we may: row-level security does not bind superusers and the like."""
NOBODY_ELSE = "none"
"""The role of those who stay who they are."""
EVERYBODY = "*"
"""The tenant of what is everybody's: see the policies in schema.sql."""

NOTHING: Mapping[str, object] = MappingProxyType({})
ANSWERS_TO_BEGIN = 2
"""Statements of the query `begin`."""

PING_SECONDS = 2.0
"""Longest that a health check waits. Its caller asks again soon."""
RECONNECT_SECONDS = 2.0
"""A connection that cannot be had for this long is given up, and tried afresh by the next request. With psycopg's own
figure the waits double up to minutes, in which a database that is back long since goes unused."""
UNREADABLE = frozenset({None, "22021", "22P02", "22P05"})
"""SQLSTATEs of text that Postgres cannot keep: NUL (None: psycopg says so itself), bad encodings, NaN in JSON."""
RULES: Mapping[str | None, Callable[[psycopg.Error], FaceReconError]] = {
    "FR001": lambda _: ConsentRequired(),
    "FR002": lambda error: QuotaExceeded(f"The tenant has as many {error.diag.table_name}s as it may have."),
}
"""What triggers refuse, by the SQLSTATE that they raise: see `require_consent` and `heed_quota` in schema.sql."""
TOO_MUCH = "54"
"""SQLSTATE class «program limit exceeded»: an id too long for an index, JSON nested too deeply."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Open connections. timeout: seconds, for a connection to be had and for each statement.

    database_url, connection_options: for whoever needs a connection of their own. role: whom each transaction becomes.
    """

    connections: AsyncConnectionPool[Connection]
    timeout: float
    database_url: str = field(repr=False)
    connection_options: Mapping[str, Any]
    role: str


@asynccontextmanager
async def open_pool(
    database_url: str,
    *,
    size: int,
    timeout: float,  # noqa: ASYNC109 – of each statement later on, not of this call
) -> AsyncIterator[Pool]:
    """Connect, and keep up to `size` connections until the end. Raises DatabaseUnavailable."""
    options = {
        "autocommit": True,
        "prepare_threshold": None,
        "connect_timeout": max(2, round(timeout)),
        "client_encoding": "utf8",
        "application_name": "svc-face-recon",
    }
    connections = AsyncConnectionPool[Connection](
        database_url,
        min_size=1,
        max_size=size,
        timeout=timeout,
        reconnect_timeout=min(timeout, RECONNECT_SECONDS),
        open=False,
        name="face",
        kwargs=options,
    )
    try:
        with translated():
            await connections.open(wait=True, timeout=timeout)
            role = await _role(connections)
        yield Pool(connections, timeout, database_url, options, role)
    finally:
        await connections.close()


async def _role(connections: AsyncConnectionPool[Connection]) -> str:
    """Whom to become so that row-level security binds us. Raises DatabaseUnavailable where nothing would do."""
    async with connections.connection() as conn:
        able, bound = await (await conn.execute(QUERIES["isolation"])).fetchone() or (False, False)
    if not (able or bound):
        msg = (
            "The database's user is bound by no row-level security and may not become one who is. Let an administrator "
            f"run: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO that user. Then start again."
        )
        raise DatabaseUnavailable(msg)
    return ROLE if able else NOBODY_ELSE


@asynccontextmanager
async def everybody(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction on behalf of all tenants: it sees every row. For what runs by itself, and for the operator."""
    async with _asking(pool, EVERYBODY, (), NOTHING) as cursor:
        yield cursor.connection


@dataclass(slots=True)
class Unit:
    """A transaction that all of a task's transactions on behalf of a tenant are part of."""

    tenant: str
    connection: Connection
    task: object


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)


@asynccontextmanager
async def united(
    pool: Pool, tenant: str, questions: Sequence[LiteralString], arguments: Mapping[str, object]
) -> AsyncIterator[Cursor]:
    """Make one transaction of all that this task does on behalf of the tenant from here on.

    It is committed at the end, or rolled back if an error passes: the parts become savepoints of it. What is done
    meanwhile by other tasks, or for other tenants, is not part of it. See `asking` for the rest.
    """
    async with asking(pool, tenant, questions, arguments) as cursor:
        token = _unit.set(Unit(tenant, cursor.connection, asyncio.current_task()))
        try:
            yield cursor
        finally:
            _unit.reset(token)


def _open_unit(tenant: str) -> Unit | None:
    """The unit that this task is in. A task that was begun inside of one has its variables, and is not part of it."""
    unit = _unit.get()
    return unit if unit and unit.tenant == tenant and unit.task is asyncio.current_task() else None


@asynccontextmanager
async def transaction(pool: Pool, tenant: str) -> AsyncIterator[Connection]:
    """A transaction on behalf of a tenant, committed at the end, rolled back if an error passes.

    It sees and writes rows of that tenant only, whatever it asks (row-level security). Our errors pass as they are;
    psycopg's come out translated.
    """
    async with asking(pool, tenant) as cursor:
        yield cursor.connection


@asynccontextmanager
async def asking(
    pool: Pool, tenant: str, questions: Sequence[LiteralString] = (), arguments: Mapping[str, object] = NOTHING
) -> AsyncIterator[Cursor]:
    """A transaction that begins with some questions, in one round trip for all.

    The cursor stands before the first answer; `nextset` leads to the next. Questions only: they may be asked twice.
    """
    if tenant == EVERYBODY:
        msg = "no tenant is called that"
        raise ValueError(msg)
    unit = _open_unit(tenant)
    opened = _part(unit, questions, arguments) if unit else _asking(pool, tenant, questions, arguments)
    async with opened as cursor:
        yield cursor


@asynccontextmanager
async def _asking(
    pool: Pool, tenant: str, questions: Sequence[LiteralString], arguments: Mapping[str, object]
) -> AsyncIterator[Cursor]:
    with translated():
        cursor = await _begin(pool, tenant, questions, arguments)
        conn = cursor.connection
        try:
            async with conn:  # commits or rolls back; closing is left to the pool
                yield cursor
        finally:
            await pool.connections.putconn(conn)


@asynccontextmanager
async def _part(
    unit: Unit, questions: Sequence[LiteralString], arguments: Mapping[str, object]
) -> AsyncIterator[Cursor]:
    with translated():
        async with unit.connection.transaction():
            cursor = AsyncClientCursor(unit.connection)
            if questions:
                await cursor.execute("\n".join(questions), {**arguments, "tenant": unit.tenant})
            yield cursor


async def _begin(
    pool: Pool, tenant: str, questions: Sequence[LiteralString], arguments: Mapping[str, object]
) -> Cursor:
    """Take a connection and begin on it.

    Idle connections die with the server. Nothing has been asked yet when that shows here, so it is safe to sort out
    the dead ones and begin again: the first request after a restart succeeds, and no check costs a round trip.
    """
    given = {**arguments, "tenant": tenant, "role": pool.role, "milliseconds": str(round(pool.timeout * 1000))}
    for _ in range(2):
        if cursor := await _begun(pool, await _taken(pool), questions, given):
            return cursor
        await pool.connections.check()
    raise DatabaseUnavailable


async def _taken(pool: Pool) -> Connection:
    """Take a connection, unless cancelled.

    The pool waits by `asyncio.wait_for`, which before Python 3.12 loses a cancellation that comes in the same turn of
    the loop as what is waited for. A worker that was told to stop would then go on for ever.
    """
    task = asyncio.current_task()
    cancelled = task.cancelling() if task else 0
    conn = await pool.connections.getconn()
    if task and task.cancelling() > cancelled:
        await pool.connections.putconn(conn)
        raise asyncio.CancelledError
    return conn


async def _begun(
    pool: Pool, conn: Connection, questions: Sequence[LiteralString], arguments: Mapping[str, object]
) -> Cursor | None:
    """Begin the transaction, say for whom it is and how long it may take, and ask, in one round trip.

    Return None where the connection turns out to be dead; it is given back then, as at any error.
    """
    try:
        # Several statements in one message: only the simple protocol has that, so the cursor binds the values here.
        cursor = AsyncClientCursor(conn)
        await cursor.execute("\n".join((QUERIES["begin"], *questions)), arguments)
        for _ in range(ANSWERS_TO_BEGIN):
            cursor.nextset()
    except psycopg.OperationalError:
        await pool.connections.putconn(conn)
        if not conn.closed:
            raise
        return None
    except BaseException:
        await pool.connections.putconn(conn)
        raise
    return cursor


@contextmanager
def translated() -> Iterator[None]:
    """Turn psycopg's errors into ours. What is a bug of ours passes as it is, to be found in the log."""
    try:
        yield
    except (psycopg.Error, UnicodeEncodeError) as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


def translate(error: psycopg.Error | UnicodeEncodeError) -> FaceReconError | None:
    """What the error means to a caller, None where it means a bug.

    The messages of Postgres quote people's data and ours name addresses, so none of either is passed on.
    """
    if isinstance(error, UnicodeEncodeError):
        return InvalidRequest("The text holds characters that are not Unicode.")
    state = error.sqlstate or error.diag.sqlstate
    if state in RULES:
        return RULES[state](error)
    if isinstance(error, psycopg.DataError) and state in UNREADABLE:
        return InvalidRequest("The text or metadata holds something that cannot be kept, such as a NUL character.")
    if state and state.startswith(TOO_MUCH):
        return InvalidRequest("An id is too long, or the metadata too deeply nested.")
    if isinstance(error, errors.ForeignKeyViolation):
        return Conflict("What this belongs to was changed or deleted in the meantime.")
    return _unavailable(error) if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None


def _unavailable(error: psycopg.Error) -> DatabaseUnavailable:
    if isinstance(error, errors.QueryCanceled | PoolTimeout):
        return DatabaseUnavailable("The database did not answer in time.")
    return DatabaseUnavailable()


ATTEMPTS = 3
"""How often a transaction is run before one that keeps losing races gives up."""


async def retried(run: Callable[[], Awaitable[T]]) -> T:
    """Run a transaction again where another got in its way. What it raises at the last attempt passes."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await run()
        except (Conflict, DatabaseUnavailable) as error:
            if not was_raced(error):
                raise
    return await run()


def was_raced(error: FaceReconError) -> bool:
    """Whether another transaction got in the way, so that the same one would do if it were run again."""
    raced = (errors.ForeignKeyViolation, errors.DeadlockDetected, errors.SerializationFailure)
    return isinstance(error.__cause__, raced)
