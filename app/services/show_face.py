"""A face that is kept of a member, shown from the picture that it was taken from."""

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from app.domain.collections import CollectionRef
from app.domain.errors import SourceChanged, SourceNotKept
from app.domain.images import kept_at
from app.domain.items import Original
from app.ports import ImageSource, MemberStore, Thumbnails

LOOKED_THROUGH = 100
"""Faces of a member among which one is looked for whose picture can be had again."""


@dataclass(frozen=True, slots=True)
class ShowFace:
    """No picture is kept here: it is fetched again from where it came from, if that is more than the request itself."""

    members: MemberStore
    source: ImageSource
    thumbnails: Thumbnails

    async def of_member(self, ref: CollectionRef, member_id: str) -> str:
        """The id of a face whose picture can be had again. Raises MemberNotFound, SourceNotKept."""
        for face in (await self.members.faces(ref, member_id, "", LOOKED_THROUGH)).items:
            with suppress(SourceNotKept):
                kept_at(face.source)
                return face.face_id
        raise SourceNotKept

    async def find(self, ref: CollectionRef, face_id: str) -> Original:
        """What is to be shown. Raises FaceNotFound."""
        return await self.members.original(ref, face_id)

    async def __call__(self, original: Original, side: int) -> bytes:
        """A square JPEG of `side` pixels at most.

        Raises SourceNotKept for a picture that was sent with its request, SourceChanged where another one lies there
        by now, and what an ImageSource and Thumbnails raise.
        """
        fetched = await self.source.read(kept_at(original.source))
        if sha256(fetched.content).hexdigest() != original.digest:
            raise SourceChanged
        return await self.thumbnails.face(fetched.content, original.box, side)
