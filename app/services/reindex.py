"""Bring a collection to the model that is loaded: each of its faces is embedded anew, from where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.collections import CollectionRef
from app.domain.errors import DatabaseUnavailable, JobNotFound, ModelMismatch, SourceChanged, WorkerLost
from app.domain.faces import KeepableFace
from app.domain.images import kept_at
from app.domain.items import ClaimedItem
from app.domain.jobs import Failure, Job, JobKind, Order, Retries
from app.domain.matching import in_place, the_one
from app.ports import CollectionStore, ImageSource, ItemStore, JobStore, Recogniser, ReindexStore
from app.services.enroll_items import CLAIMS
from app.services.failure import judged
from app.services.unhurried import see


@dataclass(frozen=True, slots=True)
class Reindex:
    collections: CollectionStore
    jobs: JobStore
    items: ItemStore
    store: ReindexStore
    source: ImageSource
    recogniser: Recogniser
    retries: Retries

    async def __call__(self, ref: CollectionRef, *, allow_partial: bool) -> Job:
        """Begin. Raises CollectionNotFound, and Conflict where it is being done already."""
        await self.collections.get(ref)
        model = self.recogniser.model
        asked = {"model": model.name, "recogniser": model.recogniser_sha256, "allow_partial": allow_partial}
        return await self.jobs.open_alone(ref.tenant, Order(JobKind.REINDEX, ref.name, asked))

    async def list(self, tenant: str, job_id: str) -> None:
        """The worker's part: make an item of each face."""
        job = await self.jobs.start(tenant, job_id)
        if job is None:
            return
        try:
            self._require_model(job)
            ref = CollectionRef(tenant, job.subject)
            await self.items.resume(tenant, job_id)
            count = await self.store.enlist(ref, job_id, self.recogniser.model)
            await self.items.listed(tenant, job_id, count, 0)
            await self._finish(ref, job)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down and tried again
            await self.jobs.fail(tenant, job_id, *judged(error, job.attempts + 1, self.retries))

    async def embed(self, tenant: str, job_id: str, item_ids: Sequence[str]) -> None:
        """Settle each item that is still to be done, or write down why it could not be."""
        try:
            job = await self.jobs.get(tenant, job_id)
        except JobNotFound:
            return
        try:
            self._require_model(job)
        except ModelMismatch as error:
            await self.jobs.fail(tenant, job_id, Failure(error.slug, str(error)), None)
            return
        ref = CollectionRef(tenant, job.subject)
        for item in await self.items.claim(tenant, job_id, item_ids):
            await self._embed(ref, job, item)
        await self._finish(ref, job)

    async def _embed(self, ref: CollectionRef, job: Job, item: ClaimedItem) -> None:
        try:
            await self.store.put(ref, job.job_id, item, await self._anew(ref, item), self.recogniser.model)
        except DatabaseUnavailable:
            raise  # nothing can be written down; the task comes back
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down
            await self.items.fail(ref.tenant, job.job_id, item, *judged(error, item.attempts + 1, self.retries))

    async def _anew(self, ref: CollectionRef, item: ClaimedItem) -> KeepableFace | None:
        if item.claims > CLAIMS:
            raise WorkerLost
        original = await self.store.original(ref, item.key)
        if original is None:
            return None  # deleted meanwhile
        fetched = await self.source.read(kept_at(original.source))
        picture = await see(self.recogniser, fetched.content)
        if picture.digest != original.picture:
            raise SourceChanged
        return the_one(await self.recogniser.ready(ref, [in_place(picture.faces, original.box)]))

    async def _finish(self, ref: CollectionRef, job: Job) -> None:
        partial = job.request.get("allow_partial") is True
        await self.store.finish(ref, job.job_id, self.recogniser.model, partial=partial)

    def _require_model(self, job: Job) -> None:
        if job.request.get("recogniser") != self.recogniser.model.recogniser_sha256:
            msg = f"The job is for {job.request.get('model')}, the worker has {self.recogniser.model.name} loaded."
            raise ModelMismatch(msg)
