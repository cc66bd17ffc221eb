"""How often an index is right: some of what it answers is asked of Postgres too, after the answer is out."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from app.domain.collections import CollectionRef, Model
from app.domain.errors import FaceReconError
from app.domain.faces import Embedding
from app.domain.members import Candidate
from app.ports import FaceStore
from app.telemetry import SEARCH_RECALL, SEARCH_SAMPLES

REMEMBERED = 1_000
"""Samples of which recall is the mean."""
EQUAL = 1e-3
"""Similarities this close are the same: two members may be equally like a face."""

_log = logging.getLogger(__name__)


class Recall:
    """Compares one search in so many. One at a time: what comes in the meantime is not sampled."""

    def __init__(self, exact: FaceStore, share: float) -> None:
        """share: of the searches that are sampled, 0–1."""
        self._exact = exact
        self._share = share
        self._due = 0.0
        self._outcomes: deque[bool] = deque(maxlen=REMEMBERED)
        self._task: asyncio.Task[None] | None = None

    @property
    def sampled(self) -> int:
        return len(self._outcomes)

    @property
    def mean(self) -> float | None:
        """Of the last REMEMBERED samples; None before the first."""
        return sum(self._outcomes) / len(self._outcomes) if self._outcomes else None

    def consider(self, ref: CollectionRef, probe: Embedding, model: Model, found: Sequence[Candidate]) -> None:
        """See search.Samples. Returns at once."""
        self._due += self._share
        if self._due < 1 or (self._task and not self._task.done()):
            return
        self._due -= 1
        self._task = asyncio.create_task(self._compare(ref, probe, model, found))

    async def settle(self) -> None:
        """Wait for the sample in hand."""
        if self._task:
            await self._task

    async def _compare(self, ref: CollectionRef, probe: Embedding, model: Model, found: Sequence[Candidate]) -> None:
        try:
            (best,) = await self._exact.nearest(ref, [probe], model, 1)
        except FaceReconError as error:
            _log.info("a sampled search could not be repeated: %s", error)
            return
        # Somebody who was deleted in the meantime is no miss; somebody who was enrolled may look like one.
        hit = not best or bool(found and found[0].similarity >= best[0].similarity - EQUAL)
        self._outcomes.append(hit)
        SEARCH_SAMPLES.labels("hit" if hit else "miss").inc()
        SEARCH_RECALL.set(self.mean or 0.0)
