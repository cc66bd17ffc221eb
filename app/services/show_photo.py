"""A gallery's photo, or a face in it, small enough to be shown among many."""

from dataclasses import dataclass
from hashlib import sha256

from app.domain.errors import Conflict
from app.domain.galleries import GalleryRef
from app.domain.unknown import Shot
from app.ports import GalleryStore, Storage, Thumbnails, UnknownStore

EDITION = 1
"""Counted up when pictures come to look different, so that nobody keeps the old ones."""


@dataclass(frozen=True, slots=True)
class ShowPhoto:
    galleries: GalleryStore
    unknown: UnknownStore
    storage: Storage
    thumbnails: Thumbnails

    async def find(self, ref: GalleryRef, photo_id: str, face_id: str | None = None) -> Shot:
        """What is to be shown. Raises PhotoNotFound, FaceNotFound."""
        return await self.unknown.shot(ref, photo_id, face_id)

    async def __call__(self, ref: GalleryRef, shot: Shot, side: int) -> bytes:
        """A JPEG whose longer side has `side` pixels at most.

        Raises Conflict where a face is asked for and the photo is not the one that was processed: who knows who is
        there now. Raises GalleryNotFound, and what a Storage and Thumbnails raise.
        """
        gallery = await self.galleries.get(ref)
        fetched = await self.storage.read(gallery.source, shot.key)
        if shot.box is None:
            return await self.thumbnails.whole(fetched.content, side)
        if shot.etag and fetched.etag and shot.etag != fetched.etag:
            msg = "The photo has changed since its faces were found; process the gallery again."
            raise Conflict(msg)
        return await self.thumbnails.face(fetched.content, shot.box, side)


def tag_of(shot: object, side: int) -> str:
    """An entity tag (RFC 9110, 8.8.3): the same while what is shown and the size are."""
    return f'"{sha256(repr((EDITION, shot, side)).encode()).hexdigest()[:32]}"'
