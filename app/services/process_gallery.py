"""List a gallery's photos and have each that is new or changed matched."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import DatabaseUnavailable, GalleryNotFound
from app.domain.galleries import Estimate, GalleryRef
from app.domain.jobs import Job, Retries
from app.domain.storage import StoredObject, is_photo
from app.ports import GalleryStore, JobStore, PhotoStore, Storage
from app.services.failure import judged
from app.services.gallery_basis import BasisOf
from app.telemetry import PHOTOS


@dataclass(frozen=True, slots=True)
class ProcessGallery:
    galleries: GalleryStore
    photos: PhotoStore
    jobs: JobStore
    storage: Storage
    basis_of: BasisOf
    retries: Retries

    async def __call__(self, ref: GalleryRef, *, force: bool) -> Job:
        """Begin a run, or answer the one that is under way. Raises GalleryNotFound."""
        return await self.galleries.begin(ref, force=force)

    async def estimate(self, ref: GalleryRef) -> Estimate:
        """What a run would do. Lists the whole source. Raises GalleryNotFound, and what the storage raises."""
        gallery = await self.galleries.get(ref)
        basis = self.basis_of(gallery)
        listed = ignored = cached = 0
        async for objects in self.storage.list(gallery.source):
            photos = _photos(objects)
            listed += len(objects)
            ignored += len(objects) - len(photos)
            cached += await self.photos.cached(ref, photos, basis)
        rate = (await self.galleries.standing(ref)).rate
        to_process = listed - ignored - cached
        return Estimate(listed, to_process, cached, ignored, to_process / rate if rate else None)

    async def list(self, tenant: str, job_id: str) -> None:
        """The worker's part: list, and put each page into the queue as it comes."""
        job = await self.jobs.start(tenant, job_id)
        if job is None:
            return
        try:
            await self._list(GalleryRef(tenant, job.subject), job)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down and tried again
            await self.jobs.fail(tenant, job_id, *judged(error, job.attempts + 1, self.retries))

    async def _list(self, ref: GalleryRef, job: Job) -> None:
        try:
            gallery = await self.galleries.get(ref)
        except GalleryNotFound:
            return  # it was deleted, and its job with it
        basis = self.basis_of(gallery)
        await self.photos.resume(ref, job.job_id)
        total = queued = 0
        async for objects in self.storage.list(gallery.source):
            photos = _photos(objects)
            total += len(photos)
            queued += await self.photos.enlist(ref, job.job_id, photos, basis, force=job.request.get("force") is True)
        PHOTOS.labels("unchanged").inc(total - queued)
        await self.photos.listed(ref, job.job_id, queued, total - queued)


def _photos(objects: Sequence[StoredObject]) -> list[StoredObject]:
    return [one for one in objects if is_photo(one.key)]
