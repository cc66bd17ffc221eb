"""Give a group of unknown faces a name, and find whose it is in all photos."""

from dataclasses import dataclass

from app.domain.galleries import Client, GalleryRef
from app.domain.members import MemberDraft
from app.domain.unknown import founders
from app.ports import FaceStore, GalleryStore, PhotoStore, UnknownStore
from app.services.gallery_basis import BasisOf


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """client: as they are now. enrolled: faces that were taken from the group."""

    client: Client
    enrolled: int


@dataclass(frozen=True, slots=True)
class NameGroup:
    galleries: GalleryStore
    unknown: UnknownStore
    faces: FaceStore
    photos: PhotoStore
    basis_of: BasisOf

    async def __call__(self, ref: GalleryRef, group_id: str, client: MemberDraft) -> NamedGroup:
        """Enrol the best faces of the group as the client's, and choose anew who is in each photo they may be in.

        The group is what the caller saw: faces that joined since are found, but not enrolled. No photo is fetched. A
        client who is known already has these faces too. Raises GalleryNotFound, GroupNotFound, ModelMismatch.
        """
        gallery = await self.galleries.get(ref)
        basis = self.basis_of(gallery)
        chosen = founders(await self.unknown.best(gallery, ref, group_id, basis.model))
        for known in chosen:
            await self.faces.keep(ref.clients, client, known.face, known.origin, basis.model, replace=False)
        await self.photos.rematch(ref, client.member_id, basis)
        return NamedGroup(await self.galleries.client(ref, client.member_id), len(chosen))
