"""What was answered to requests that may come again, kept in the transaction of what they did."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from app.domain.errors import IdempotencyInProgress
from app.domain.idempotency import KEPT_HOURS, Answer, OnceKey
from app.store import sql
from app.store.pool import Connection, Cursor, Pool, everybody, united

QUERIES = sql.load(__file__)


class _Unkept(Exception):
    """Nothing that was done is to stay."""


@dataclass(slots=True)
class PgAttempt:
    """See ports.Attempt."""

    kept: Answer | None
    _once: OnceKey
    _connection: Connection
    _stays: bool = False

    async def keep(self, answer: Answer) -> None:
        self._stays = True
        (has_written,) = await (await self._connection.execute(QUERIES["has_written"])).fetchone() or (False,)
        if has_written:
            await self._connection.execute(QUERIES["keep"], asdict(self._once) | asdict(answer))

    @property
    def stays(self) -> bool:
        return self._stays


class PgAnswerStore:
    """See ports.AnswerStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def once(self, once: OnceKey) -> AsyncIterator[PgAttempt]:
        questions = [QUERIES["claim"], QUERIES["kept"]]
        given = asdict(once) | {"hours": KEPT_HOURS}
        try:
            async with united(self._pool, once.tenant, questions, given) as cursor:
                attempt = PgAttempt(await _claimed(cursor), once, cursor.connection)
                yield attempt
                if not attempt.stays:
                    raise _Unkept  # noqa: TRY301 - what rolls the transaction back
        except _Unkept:
            return

    async def forget(self) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget"], {"hours": KEPT_HOURS})


async def _claimed(cursor: Cursor) -> Answer | None:
    """The answer that is there already. Raises IdempotencyInProgress."""
    (ours,) = await cursor.fetchone() or (False,)
    if not ours:
        raise IdempotencyInProgress
    cursor.nextset()
    row = await cursor.fetchone()
    return Answer(*row) if row else None
