"""List a folder of a storage, and have the face of each photo in it enrolled."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.collections import CollectionRef
from app.domain.errors import DatabaseUnavailable, MemberIdUnknown
from app.domain.indexing import IndexPlan
from app.domain.items import Entry
from app.domain.jobs import Job, JobKind, Order, Retries
from app.domain.storage import StoredObject, is_photo
from app.ports import ItemStore, JobStore, Storage
from app.services.failure import judged


@dataclass(frozen=True, slots=True)
class IndexSource:
    jobs: JobStore
    items: ItemStore
    storage: Storage
    retries: Retries

    async def __call__(self, ref: CollectionRef, plan: IndexPlan) -> Job:
        """Begin."""
        return await self.jobs.open(ref.tenant, Order(JobKind.INDEX, ref.name, plan.request()))

    async def list(self, tenant: str, job_id: str) -> None:
        """The worker's part: list, and put each page into the queue as it comes."""
        job = await self.jobs.start(tenant, job_id)
        if job is None:
            return
        try:
            await self._list(tenant, job)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down and tried again
            await self.jobs.fail(tenant, job_id, *judged(error, job.attempts + 1, self.retries))

    async def _list(self, tenant: str, job: Job) -> None:
        plan = IndexPlan.of(job.request)
        await self.items.resume(tenant, job.job_id)
        listed = photos = 0
        async for objects in self.storage.list(plan.source):
            entries = list(_entries(plan, objects))
            listed += len(objects)
            photos += len(entries)
            await self.items.enlist(tenant, job.job_id, entries)
        await self.items.listed(tenant, job.job_id, photos, listed - photos)
        await self.items.finish(tenant, job.job_id)


def _entries(plan: IndexPlan, objects: Iterable[StoredObject]) -> Iterable[Entry]:
    for one in objects:
        if is_photo(one.key):
            yield Entry(one.key, one.etag, _member_id(plan, one.key))


def _member_id(plan: IndexPlan, key: str) -> str:
    try:
        return plan.naming.member_id(plan.path(key))
    except MemberIdUnknown:
        return ""
