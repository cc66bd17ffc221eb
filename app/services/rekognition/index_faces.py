"""Keep all faces of a picture, whosever they are."""

from dataclasses import dataclass

from app.domain.bars import QualityFilter, Sorted
from app.domain.collections import CollectionRef
from app.domain.faces import AlignedFace
from app.domain.images import ImageRef
from app.domain.users import KnownFace
from app.ports import Recogniser
from app.services.rekognition.look_largest import LookLargest
from app.user_ports import FaceBook


@dataclass(frozen=True, slots=True)
class IndexedFaces:
    """kept: largest first. faces: all, those that were not kept among them."""

    kept: tuple[tuple[KnownFace, AlignedFace], ...]
    faces: Sorted


@dataclass(frozen=True, slots=True)
class IndexFaces:
    look: LookLargest
    recogniser: Recogniser
    book: FaceBook

    async def __call__(
        self, ref: CollectionRef, image: ImageRef, external_id: str, most: int, wanted: QualityFilter
    ) -> IndexedFaces:
        """Raises CollectionNotFound before anything else, ModelMismatch, and what sources and pictures raise."""
        await self.book.collection(ref)
        shown, faces = await self.look.sort(image, wanted, most, external_id)
        known = await self.book.index(ref, shown, await self.look.embed(faces.good), self.recogniser.model)
        return IndexedFaces(tuple(zip(known, faces.good, strict=True)), faces)
