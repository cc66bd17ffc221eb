"""What is told of single objects becomes work: photos of galleries are matched as they arrive, and forgotten."""

from dataclasses import dataclass

from app.domain.errors import GalleryNotFound, InvalidRequest, SourceNotFound
from app.domain.galleries import GalleryRef
from app.domain.notices import Named, Notice, Removed, Stored
from app.domain.storage import Scheme, StoredObject, is_photo
from app.event_ports import Intake
from app.ports import GalleryStore, Storage
from app.services.gallery_basis import BasisOf


@dataclass(frozen=True, slots=True)
class TakeIn:
    galleries: GalleryStore
    intake: Intake
    storage: Storage
    basis_of: BasisOf

    async def __call__(self, notice: Notice) -> None:
        """Do what the notice is about; the same one may come twice, and late. Returns once that is committed.

        Raises GalleryNotFound and InvalidRequest for a gallery and a photo that somebody made up, and what storages
        raise.
        """
        match notice:
            case Stored():
                await self._stored(notice)
            case Removed():
                await self._removed(notice)
            case Named():
                await self._named(notice)

    async def _stored(self, notice: Stored) -> None:
        if not is_photo(notice.key):
            return
        photo = StoredObject(notice.key, notice.etag, notice.size)
        for ref in await self._around(notice):
            await self._take_in(ref, photo)

    async def _removed(self, notice: Removed) -> None:
        for ref in await self._around(notice):
            gallery = await self.galleries.get(ref)
            try:
                await self.storage.head(gallery.source, notice.key)
            except SourceNotFound:
                await self.intake.remove(ref, notice.key)
            # What is there was put there again: notices overtake each other.

    async def _named(self, notice: Named) -> None:
        ref = GalleryRef(notice.tenant, notice.gallery_id)
        source = (await self.galleries.get(ref)).source
        key = notice.key if notice.key.startswith(source.prefix) else source.prefix + notice.key
        if not is_photo(key):
            msg = "By its name that is no photo."
            raise InvalidRequest(msg)
        await self._take_in(ref, await self.storage.head(source, key))

    async def _take_in(self, ref: GalleryRef, photo: StoredObject) -> None:
        try:
            gallery = await self.galleries.get(ref)
        except GalleryNotFound:
            return  # it was deleted since it was found
        await self.intake.take_in(ref, [photo], self.basis_of(gallery))

    async def _around(self, notice: Stored | Removed) -> list[GalleryRef]:
        """The galleries that the object lies in."""
        return list(await self.intake.covering(f"{Scheme.S3}://{notice.bucket}/{notice.key}"))
