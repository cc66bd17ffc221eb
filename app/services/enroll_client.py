"""Keep a face of a gallery's client, and find it in the photos that were processed before."""

from dataclasses import dataclass

from app.domain.galleries import Client, ClientPhoto, GalleryRef
from app.domain.images import ImageRef
from app.domain.matching import FaceSelection, Point
from app.domain.members import MemberDraft, Page
from app.ports import GalleryStore, PhotoStore
from app.services.enroll import Enroll, Enrolled
from app.services.gallery_basis import BasisOf

SHOWN = 100
"""Photos in the answer."""


@dataclass(frozen=True, slots=True)
class EnrolledClient:
    """client: as they are now. photos: the best of those they are in."""

    enrolled: Enrolled
    client: Client
    photos: Page[ClientPhoto]


@dataclass(frozen=True, slots=True)
class EnrollClient:
    enroll: Enroll
    galleries: GalleryStore
    photos: PhotoStore
    basis_of: BasisOf

    async def __call__(
        self,
        ref: GalleryRef,
        client: MemberDraft,
        image: ImageRef,
        selection: FaceSelection,
        *,
        replace: bool,
        point: Point | None = None,
    ) -> EnrolledClient:
        """Enrol the one face that is meant (see Enroll), and choose anew who is in each photo it may be in.

        Nothing is fetched or embedded again. Raises GalleryNotFound, and what Enroll raises.
        """
        gallery = await self.galleries.get(ref)
        enrolled = await self.enroll(ref.clients, client, image, selection, replace=replace, point=point)
        await self.photos.rematch(ref, client.member_id, self.basis_of(gallery))
        photos = await self.photos.of_client(ref, client.member_id, "", SHOWN, review=False)
        return EnrolledClient(enrolled, await self.galleries.client(ref, client.member_id), photos)
