"""Keep a face of a member."""

from dataclasses import dataclass

from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace
from app.domain.images import ImageRef
from app.domain.matching import FaceSelection, Point, choose, require_quality, subjects
from app.domain.members import MemberDraft
from app.ports import Recogniser
from app.services.look import Look


@dataclass(frozen=True, slots=True)
class Enrolled:
    face_id: str
    face: AlignedFace
    faces_detected: int
    model: Model


@dataclass(frozen=True, slots=True)
class Enroll:
    look: Look
    recogniser: Recogniser
    min_quality: float

    async def __call__(
        self,
        ref: CollectionRef,
        member: MemberDraft,
        image: ImageRef,
        selection: FaceSelection,
        *,
        replace: bool,
        point: Point | None = None,
    ) -> Enrolled:
        """Enrol the one face that is meant. point: the one there, of however many.

        Raises NoFace, MultipleFaces, LowQuality, ModelMismatch, and what sources and pictures raise.
        """
        picture, origin = await self.look(image, subjects)
        face = require_quality(choose(picture.faces, selection, point), self.min_quality)
        face_id = await self.recogniser.keep(ref, member, face, origin, replace=replace)
        return Enrolled(face_id, face, len(picture.faces), self.recogniser.model)
