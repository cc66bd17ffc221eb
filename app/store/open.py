"""The way in: an address becomes the stores behind the ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.ports import CollectionStore, CurveStore, Database, FaceStore, MemberStore
from app.store.collections import PgCollectionStore
from app.store.curves import PgCurveStore
from app.store.database import PgDatabase
from app.store.faces import PgFaceStore
from app.store.members import PgMemberStore
from app.store.migrate import migrate as migrate_now
from app.store.pool import open_pool


@dataclass(frozen=True, slots=True)
class Store:
    """All that is kept."""

    faces: FaceStore
    members: MemberStore
    collections: CollectionStore
    curves: CurveStore
    database: Database


async def migrate(database_url: str) -> tuple[str, ...]:
    """Bring the schema up to date and return the names of what was run. See migrate.migrate for what it raises."""
    return await asyncio.to_thread(migrate_now, database_url)


@asynccontextmanager
async def open_store(
    database_url: str,
    *,
    pool_size: int,
    timeout: float,  # noqa: ASYNC109 – of each statement later on, not of this call
    embedded: bool = False,
) -> AsyncIterator[Store]:
    """Connect to a database that `migrate` has brought up to date, poolers included; disconnect at the end.

    pool_size: connections at most. timeout: seconds, for a connection and for each statement. embedded: whether it is
    our own Postgres, for the operator to read. Raises DatabaseUnavailable.
    """
    async with open_pool(database_url, size=pool_size, timeout=timeout) as pool:
        yield Store(
            PgFaceStore(pool),
            PgMemberStore(pool),
            PgCollectionStore(pool),
            PgCurveStore(pool),
            await PgDatabase.meet(pool, embedded=embedded),
        )
