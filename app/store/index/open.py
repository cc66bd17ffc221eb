"""Put the parts together: what searches, what keeps the indexes, what looks on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from app.domain.search import Backend, SearchState, Trial
from app.ports import FaceStore
from app.store.index import trial
from app.store.index.feed import Shelf
from app.store.index.keeper import Keeper, Options
from app.store.index.near import IndexedNearFaces
from app.store.index.recall import Recall
from app.store.index.search import IndexedFaceStore
from app.store.pool import Pool
from app.user_ports import NearFaces


@dataclass(frozen=True, slots=True)
class Search:
    """faces: answers as the settings say. strict: from an index or not at all (IndexNotReady). untried: from any.

    near: faces one by one and users, as the settings say.
    """

    near: NearFaces
    faces: FaceStore
    strict: FaceStore
    untried: FaceStore
    keeper: Keeper
    recall: Recall
    exact: FaceStore
    backend: Backend
    pool: Pool

    def state(self) -> SearchState:
        """See ports.SearchIndexes."""
        return SearchState(
            self.backend, self.keeper.switch_faces, self.recall.mean, self.recall.sampled, self.keeper.states()
        )

    async def attempt(self, shelf: Shelf) -> Trial:
        """Try the index of a collection."""
        asked = await asyncio.to_thread(trial.probes, self.pool, shelf)
        return await trial.compare(self.untried, self.exact, shelf, asked)

    async def refresh(self) -> None:
        """One round of what runs in the background, now."""
        await self.keeper.look_after(self.attempt)


@asynccontextmanager
async def open_search(
    pool: Pool, exact: FaceStore, options: Options, *, sampled: float, keep: bool = True
) -> AsyncIterator[Search]:
    """Search through indexes. sampled: share of searches that are checked. keep: whether to work in the background."""
    keeper, recall = Keeper(pool, options), Recall(exact, sampled)
    faces = IndexedFaceStore(pool, exact, keeper.find, keeper.give_up, recall)
    strict = IndexedFaceStore(pool, exact, keeper.find, keeper.give_up, recall, strict=True)
    untried = IndexedFaceStore(pool, exact, keeper.find_untried, keeper.give_up, strict=True, counted=False)
    near = IndexedNearFaces(pool, keeper.find, keeper.give_up)
    search = Search(near, faces, strict, untried, keeper, recall, exact, options.backend, pool)
    task = asyncio.create_task(keeper.run(search.attempt)) if keep and options.backend is not Backend.PGVECTOR else None
    try:
        yield search
    finally:
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await recall.settle()
        await asyncio.to_thread(keeper.close)
