"""The way in: an address becomes the stores behind the ports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.domain.search import Backend
from app.ports import CollectionStore, CurveStore, Database, FaceStore, MemberStore, SearchIndexes
from app.store.collections import PgCollectionStore
from app.store.curves import PgCurveStore
from app.store.database import PgDatabase
from app.store.faces import PgFaceStore
from app.store.index.keeper import Options
from app.store.index.open import open_search
from app.store.members import PgMemberStore
from app.store.migrate import migrate as migrate_now
from app.store.pool import open_pool

POSTGRES_ALONE = Options(Backend.PGVECTOR, Path())


@dataclass(frozen=True, slots=True)
class Store:
    """All that is kept. indexed_faces: the same faces, searched through an index or not at all (IndexNotReady)."""

    faces: FaceStore
    indexed_faces: FaceStore
    search: SearchIndexes
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
    search: Options = POSTGRES_ALONE,
    sampled: float = 0,
) -> AsyncIterator[Store]:
    """Connect to a database that `migrate` has brought up to date, poolers included; disconnect at the end.

    pool_size: connections at most. timeout: seconds, for a connection and for each statement. embedded: whether it is
    our own Postgres, for the operator to read. search: how. sampled: share of an index's answers that are checked.
    Raises DatabaseUnavailable.
    """
    async with (
        open_pool(database_url, size=pool_size, timeout=timeout) as pool,
        open_search(pool, PgFaceStore(pool), database_url, search, sampled=sampled) as found,
    ):
        yield Store(
            found.faces,
            found.strict,
            found,
            PgMemberStore(pool),
            PgCollectionStore(pool),
            PgCurveStore(pool),
            await PgDatabase.meet(pool, embedded=embedded),
        )
