"""Delete at AWS what is no longer kept here: faces, and collections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import groupby

import structlog

from app.domain.errors import FaceReconError
from app.recognisers.rekognition.remote import Remote
from app.store.remote import Doomed, PgRemoteStore

LOT = 1000
"""Faces that are taken in hand together."""
SECONDS = 5.0
"""Between two looks: what is deleted here is deleted there within about so long."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    remote: Remote
    store: PgRemoteStore

    async def __call__(self) -> int:
        """Delete all that is due; how many faces that were. Several may sweep at once.

        Raises RekognitionUnavailable, RekognitionDenied, DatabaseUnavailable; what is left is due again soon.
        """
        await self._collections()
        count = 0
        while doomed := await self.store.claim_doomed(LOT):
            count += await self._faces(doomed)
        return count

    async def _collections(self) -> None:
        for one in await self.store.collections():
            if not one.alive:
                await self.remote.drop(one.ref, one.remote_name)

    async def _faces(self, doomed: list[Doomed]) -> int:
        count = 0
        for ref, some in groupby(sorted(doomed, key=lambda one: (one.ref.tenant, one.ref.name)), lambda one: one.ref):
            faces = list(some)
            if gone := [one.remote_id for one in faces if not one.held]:
                await self.remote.delete(ref, gone)
                await self.store.settled(ref, gone, deleted=True)
                count += len(gone)
            if held := [one.remote_id for one in faces if one.held]:
                await self.store.settled(ref, held, deleted=False)
        return count


@asynccontextmanager
async def sweeping(sweep: Sweep, seconds: float = SECONDS) -> AsyncIterator[None]:
    """Sweep again and again until the end."""
    task = asyncio.create_task(_forever(sweep, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forever(sweep: Sweep, seconds: float) -> None:
    while True:
        try:
            await sweep()
        except FaceReconError as error:
            log.warning("what was deleted here is still to be deleted at AWS", code=error.slug)
        await asyncio.sleep(seconds)
