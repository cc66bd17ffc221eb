"""Keep a face of a member."""

from dataclasses import dataclass

from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace
from app.domain.images import ImageRef
from app.domain.liveness import LivenessMode
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
        liveness: LivenessMode = LivenessMode.OFF,
        point: Point | None = None,
    ) -> Enrolled:
        """Enrol the one face that is meant. point: the one there, of however many.

        Raises NoFace, MultipleFaces, LowQuality, SpoofSuspected, LivenessUnavailable, ModelMismatch, and what sources
        and pictures raise.
        """
        mode = await self.look.alive.mode(liveness, ref)
        picture, origin = await self.look(image, subjects)
        face = require_quality(choose(picture.faces, selection, point), self.min_quality)
        face = await self.look.alive(mode, picture, face)
        face_id = await self.recogniser.keep(ref, member, face, origin, replace=replace)
        return Enrolled(face_id, face, len(picture.faces), self.recogniser.model)
