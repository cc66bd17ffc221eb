"""Sort the faces of a gallery that are nobody's into people, whenever those faces have changed."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic

from app.domain.galleries import GalleryRef
from app.domain.unknown import Grouping, cut_for, grouped
from app.ports import GalleryStore, UnknownStore
from app.services.gallery_basis import BasisOf
from app.services.judge import Judge


@dataclass(frozen=True, slots=True)
class GroupFaces:
    """min_quality: from which a face may say who belongs together; it is what enrolment asks for."""

    galleries: GalleryStore
    unknown: UnknownStore
    judge: Judge
    basis_of: BasisOf
    min_quality: float
    _running: dict[GalleryRef, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def __call__(self, ref: GalleryRef) -> None:
        """Bring the groups up to date, as far as they are worth it.

        One gallery at a time, once for all who ask for it, and to its end though whoever asked is gone: whoever asks
        again finds what they waited for. Raises GalleryNotFound.
        """
        if ref not in self._running:
            self._running[ref] = asyncio.create_task(self._refresh(ref))
            self._running[ref].add_done_callback(lambda _: self._running.pop(ref))
        await asyncio.shield(self._running[ref])

    async def _refresh(self, ref: GalleryRef) -> None:
        basis = self.basis_of(await self.galleries.get(ref))
        if (await self.unknown.state(ref, basis.model)).good:
            return
        async with self._turn:
            began, curve = monotonic(), (await self.judge.standing(ref.clients)).curve
            state = await self.unknown.state(ref, basis.model)
            strangers = await self.unknown.strangers(ref, basis.model, self.min_quality)
            cut = cut_for(curve, state.faces, basis.threshold)
            groups = await asyncio.to_thread(grouped, strangers, cut)
            await self.unknown.keep(ref, Grouping(strangers.version, cut, monotonic() - began, groups))
