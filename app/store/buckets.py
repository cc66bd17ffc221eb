"""What callers have left of their allowances, in Postgres: for all processes together."""

from dataclasses import asdict

from app.domain.limits import Allowance, Meter, Taken
from app.store import sql
from app.store.pool import Pool, everybody, transaction

QUERIES = sql.load(__file__)


class PgBuckets:
    """See ports.Buckets."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, meter: Meter, allowance: Allowance, wanted: int, *, least: int) -> Taken:
        most = max(allowance.a_minute, least)
        amounts = {"wanted": wanted, "least": least, "most": most, "a_second": allowance.a_second}
        async with transaction(self._pool, meter.tenant) as conn:
            row = await (await conn.execute(QUERIES["take"], asdict(meter) | amounts)).fetchone()
        assert row
        return Taken(*row)

    async def forget_full(self) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget_full"])
