"""How often upload tokens were used, in Postgres."""

from datetime import datetime

from app.store import sql
from app.store.pool import Pool, everybody, transaction

QUERIES = sql.load(__file__)


class PgTokenUses:
    """See access_ports.TokenUses."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def count(self, tenant: str, token_id: str, most: int, until: datetime) -> bool:
        used = {"tenant": tenant, "token_id": token_id, "most": most, "until": until}
        async with transaction(self._pool, tenant) as conn:
            return await (await conn.execute(QUERIES["count_use"], used)).fetchone() is not None

    async def forget_expired(self) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget_expired_uses"])
