"""Try again what failed of a job: all of it, or its dead letters."""

from dataclasses import dataclass

from app.domain.galleries import GalleryRef
from app.domain.jobs import Job, JobKind, JobState
from app.ports import ItemStore, JobStore, PhotoStore

_OF_PARTS = (JobKind.GALLERY, JobKind.INDEX, JobKind.REINDEX)


@dataclass(frozen=True, slots=True)
class RetryJob:
    jobs: JobStore
    photos: PhotoStore
    items: ItemStore

    async def __call__(self, tenant: str, job_id: str) -> Job:
        """Raises JobNotFound, and Conflict where nothing of it failed."""
        job = await self.jobs.get(tenant, job_id)
        if job.state is not JobState.DONE or not job.progress.failed or job.kind not in _OF_PARTS:
            return await self.jobs.retry(tenant, job_id)
        if job.kind is JobKind.GALLERY:
            await self.photos.retry(GalleryRef(tenant, job.subject), of_job=job_id)
        else:
            await self.items.retry(tenant, job_id)
        return await self.jobs.get(tenant, job_id)
