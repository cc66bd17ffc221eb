"""Find out who is in some photos of a gallery: fetch → see → embed → keep, each photo for itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import DatabaseUnavailable, GalleryNotFound, WorkerLost
from app.domain.galleries import Claimed, Gallery, GalleryRef, Seen
from app.domain.jobs import Retries
from app.ports import GalleryStore, PhotoStore, Recogniser, Storage
from app.services.failure import judged
from app.services.gallery_basis import BasisOf
from app.services.unhurried import see
from app.telemetry import PHOTOS

CLAIMS = 20
"""How often a photo is taken up before it is believed to kill its workers."""


@dataclass(frozen=True, slots=True)
class MatchPhotos:
    galleries: GalleryStore
    photos: PhotoStore
    storage: Storage
    recogniser: Recogniser
    basis_of: BasisOf
    retries: Retries

    async def __call__(self, tenant: str, gallery_id: str, job_id: str, photo_ids: Sequence[str]) -> None:
        """Settle each photo that is still to be done, or write down why it could not be."""
        ref = GalleryRef(tenant, gallery_id)
        try:
            gallery = await self.galleries.get(ref)
        except GalleryNotFound:
            return
        found = [
            seen
            for photo in await self.photos.claim(ref, job_id, photo_ids, self.basis_of(gallery))
            if (seen := await self._match(ref, gallery, job_id, photo))
        ]
        await self._settle(ref, gallery, job_id, found)
        await self.photos.finish(ref, job_id)

    async def _match(self, ref: GalleryRef, gallery: Gallery, job_id: str, photo: Claimed) -> Seen | None:
        """What is to be settled, None where nothing is left to do."""
        try:
            if not photo.kept:
                return await self._see(ref, gallery, photo)
            await self.photos.settle_kept(ref, job_id, photo, self.basis_of(gallery))
            PHOTOS.labels("from_cache").inc()
        except DatabaseUnavailable:
            raise  # nothing can be written down; the task comes back
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down
            await self._fail(ref, job_id, photo, error)
        return None

    async def _settle(self, ref: GalleryRef, gallery: Gallery, job_id: str, found: Sequence[Seen]) -> None:
        """All together, which is quicker; where that fails each for itself."""
        try:
            await self.photos.settle(ref, job_id, found, self.basis_of(gallery))
            PHOTOS.labels("matched").inc(len(found))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            if len(found) == 1:
                await self._fail(ref, job_id, found[0].photo, error)
                return
            for one in found:
                await self._settle(ref, gallery, job_id, [one])

    async def _fail(self, ref: GalleryRef, job_id: str, photo: Claimed, error: Exception) -> None:
        failure, delay = judged(error, photo.attempts + 1, self.retries)
        await self.photos.fail(ref, job_id, photo, failure, delay)
        PHOTOS.labels("failed" if delay is None else "retried").inc()

    async def _see(self, ref: GalleryRef, gallery: Gallery, photo: Claimed) -> Seen:
        if photo.claims > CLAIMS:
            raise WorkerLost
        fetched = await self.storage.read(gallery.source, photo.key)
        picture = await see(self.recogniser, fetched.content, lambda faces: faces[: gallery.max_faces])
        faces = await self.recogniser.ready(ref.clients, picture.faces[: gallery.max_faces])
        return Seen(photo, fetched.etag, picture.width, picture.height, len(picture.faces), tuple(faces))
