"""Watch for people: entries, the pictures that they are known by, and all of these embedded anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.blacklist import Entry, EntryDraft
from app.domain.collections import CollectionRef, Kind
from app.domain.errors import FaceNotFound, FaceReconError
from app.domain.jobs import Job
from app.domain.matching import FaceSelection
from app.domain.members import MemberDraft
from app.ports import CollectionStore, MemberStore
from app.services.batch import Given, each
from app.services.by_collection import ByCollection
from app.services.enroll import Enroll, Enrolled
from app.services.reindex import Reindex
from app.watch_ports import BlacklistStore

PAGE = 1000
"""Faces of an entry that are read at once."""

Outcomes = Sequence[Enrolled | FaceReconError]


@dataclass(frozen=True, slots=True)
class Blacklist:
    entries: BlacklistStore
    collections: CollectionStore
    members: MemberStore
    enroll: Enroll | ByCollection[..., Enrolled]
    reindex: Reindex | ByCollection[..., Job]

    async def add(
        self, ref: CollectionRef, draft: EntryDraft, images: Sequence[Given], selection: FaceSelection
    ) -> tuple[Entry, Outcomes]:
        """Make an entry, and the list itself if need be. Raises Conflict: it is there, or the collection is no list."""
        await self.collections.put(ref, Kind.BLACKLIST)
        await self.entries.add(ref, draft)
        return await self.add_images(ref, draft.entry_id, images, selection)

    async def add_images(
        self, ref: CollectionRef, entry_id: str, images: Sequence[Given], selection: FaceSelection
    ) -> tuple[Entry, Outcomes]:
        """Enrol a face of each picture. The entry as it is then, and what came of each. Raises EntryNotFound."""
        await self.entries.get(ref, entry_id)
        draft = MemberDraft(entry_id)
        outcomes = await each(images, lambda image: self.enroll(ref, draft, image, selection, replace=False))
        return await self.entries.get(ref, entry_id), outcomes

    async def delete(self, ref: CollectionRef, entry_id: str) -> None:
        """Forget it with its faces and its hits. Raises EntryNotFound."""
        await self.entries.get(ref, entry_id)
        await self.members.delete(ref, entry_id)

    async def delete_image(self, ref: CollectionRef, entry_id: str, face_id: str) -> None:
        """Forget one of its faces. Raises EntryNotFound, FaceNotFound."""
        if not await self._has(ref, entry_id, face_id):
            raise FaceNotFound
        await self.members.delete_face(ref, face_id)

    async def _has(self, ref: CollectionRef, entry_id: str, face_id: str) -> bool:
        await self.entries.get(ref, entry_id)
        page = await self.members.faces(ref, entry_id, "", PAGE)
        while all(face.face_id != face_id for face in page.items) and page.next_cursor:
            page = await self.members.faces(ref, entry_id, page.next_cursor, PAGE)
        return any(face.face_id == face_id for face in page.items)

    async def refresh(self, ref: CollectionRef, *, allow_partial: bool) -> Job:
        """Read all pictures anew from where they came, for the model that is loaded. See Reindex for what it raises."""
        return await self.reindex(ref, allow_partial=allow_partial)
