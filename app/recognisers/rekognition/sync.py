"""Hold what AWS keeps against our rows, and mend what differs. Our rows are the truth."""

from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.domain.collections import CollectionRef
from app.domain.drift import Difference, Mended
from app.domain.errors import FaceReconError, RekognitionDrifted, SourceChanged
from app.domain.faces import RemoteFace
from app.domain.images import kept_at
from app.domain.items import Original
from app.domain.matching import in_place, the_one
from app.ports import ImageSource
from app.recognisers.rekognition.amazon import Answer
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.recognisers.rekognition.remote import MOST


@dataclass(frozen=True, slots=True)
class Sync:
    """See ports.RekognitionSync. source: where the pictures of faces are that AWS lost."""

    recogniser: RekognitionRecogniser
    source: ImageSource

    async def strangers(self) -> list[str]:
        known = {one.remote_name for one in await self.recogniser.store.collections()}
        ours = f"{self.recogniser.remote.prefix}."
        pages = [page async for page in self._pages("list_collections")]
        names = {name for page in pages for name in page.get("CollectionIds", []) if name.startswith(ours)}
        return sorted(names - known)

    async def differences(self) -> list[Difference]:
        collections = await self.recogniser.store.collections()
        return [await self._difference(one.ref, one.remote_name) for one in collections if one.alive]

    async def mend(self, difference: Difference) -> Mended:
        ref, store = difference.ref, self.recogniser.store
        if difference.gone:
            await self.recogniser.remote.replace(ref, difference.remote_name)
        await self.recogniser.remote.delete(ref, difference.orphans)
        await store.see_again(ref, difference.lost_photos)
        left = {face_id: why for face_id in difference.lost if (why := await self._index(ref, face_id))}
        return Mended(len(difference.lost) - len(left), left)

    async def _difference(self, ref: CollectionRef, remote_name: str) -> Difference:
        # AWS first: what is indexed after that is no orphan, and what is on its way here is told of as doomed.
        there, gone = set[str](), False
        try:
            async for page in self._pages("list_faces", CollectionId=remote_name):
                there |= {face["FaceId"] for face in page.get("Faces", [])}
        except RekognitionDrifted:
            gone = True
        here = await self.recogniser.store.here(ref)
        orphans = there - here.faces.keys() - here.photos - here.doomed
        lost = sorted(face_id for remote_id, face_id in here.faces.items() if remote_id not in there)
        lost_photos = here.photos - here.faces.keys() - there
        return Difference(ref, remote_name, len(there), _sorted(orphans), tuple(lost), _sorted(lost_photos), gone)

    async def _pages(self, operation: str, **arguments: object) -> AsyncIterator[Answer]:
        while True:
            answer = await self.recogniser.amazon(operation, arguments | {"MaxResults": MOST})
            yield answer
            if not (following := answer.get("NextToken")):
                return
            arguments["NextToken"] = following

    async def _index(self, ref: CollectionRef, face_id: str) -> str:
        """Why the face could not be indexed anew, "" where it was."""
        original = await self.recogniser.store.lost(ref, face_id)
        if original is None:
            return ""  # deleted meanwhile
        try:
            await self._renew(ref, face_id, original)
        except FaceReconError as error:
            return error.slug
        return ""

    async def _renew(self, ref: CollectionRef, face_id: str, original: Original) -> None:
        content = (await self.source.read(kept_at(original.source))).content
        picture = await self.recogniser.see(content)
        if picture.digest != original.picture:
            raise SourceChanged
        face = in_place(picture.faces, original.box)
        keepable = the_one(await self.recogniser.ready(ref, [face]))
        assert isinstance(keepable, RemoteFace)
        await self.recogniser.store.renew(ref, face_id, keepable.remote_id)


def _sorted(ids: AbstractSet[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
