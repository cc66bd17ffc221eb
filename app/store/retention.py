"""Who was seen when, and whose time is over, in Postgres."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from app.domain.collections import CollectionRef
from app.store import sql
from app.store.consents import drop_faces, lock_members
from app.store.pool import Connection, Pool, everybody, transaction

QUERIES = sql.load(__file__)

MOST_REMEMBERED = 100_000


class PgSightings:
    """See law_ports.Sightings. Each process remembers whom it wrote down today, and writes no more of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._day = date.min
        self._known: set[tuple[CollectionRef, str]] = set()

    async def seen(self, ref: CollectionRef, member_ids: Collection[str]) -> None:
        today = datetime.now(UTC).date()
        if today != self._day or len(self._known) > MOST_REMEMBERED:
            self._day, self._known = today, set()
        if new := {(ref, member_id) for member_id in member_ids} - self._known:
            await self._write(ref, sorted(member_id for _, member_id in new), today)
            self._known |= new

    async def _write(self, ref: CollectionRef, member_ids: Sequence[str], today: date) -> None:
        seen = {"tenant": ref.tenant, "collection": ref.name, "members": member_ids, "today": today}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["see"], seen)


class PgRetentionStore:
    """See law_ports.RetentionStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def collections(self) -> Sequence[CollectionRef]:
        async with everybody(self._pool) as conn:
            rows = await (await conn.execute(QUERIES["list_watched"])).fetchall()
        return [CollectionRef(*row) for row in rows]

    async def drop(self, ref: CollectionRef, limit: int) -> Sequence[str]:
        async with transaction(self._pool, ref.tenant) as conn:
            due = await _overdue(conn, ref, limit)
            await lock_members(conn, ref, due)
            due = await _overdue(conn, ref, limit, among=due)  # less those who were enrolled anew meanwhile
            await drop_faces(conn, ref, due)
        return due


async def _overdue(
    conn: Connection, ref: CollectionRef, limit: int, among: Sequence[str] | None = None
) -> Sequence[str]:
    asked = {"tenant": ref.tenant, "collection": ref.name, "members": among, "limit": limit}
    rows = await (await conn.execute(QUERIES["overdue"], asked)).fetchall()
    return [member_id for (member_id,) in rows]
