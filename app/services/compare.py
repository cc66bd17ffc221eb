"""Say whether two pictures show the same person."""

from dataclasses import dataclass

from app.domain.collections import Model
from app.domain.errors import NoFace
from app.domain.faces import AlignedFace
from app.domain.images import ImageRef
from app.domain.matching import Decision, Policy
from app.ports import Recogniser
from app.services.look import Look


@dataclass(frozen=True, slots=True)
class ComparedFace:
    face: AlignedFace
    faces_detected: int


@dataclass(frozen=True, slots=True)
class Compared:
    similarity: float
    threshold: float
    decision: Decision
    a: ComparedFace
    b: ComparedFace
    model: Model


@dataclass(frozen=True, slots=True)
class Compare:
    look: Look
    recogniser: Recogniser
    policy: Policy

    async def __call__(self, a: ImageRef, b: ImageRef, *, threshold: float | None) -> Compared:
        """Hold the face that each is of against the other. Raises NoFace, saying in which picture."""
        policy = self.policy.at(threshold)
        face_a, face_b = await self._face("a", a), await self._face("b", b)
        similarity = await self.recogniser.compare(face_a.face, face_b.face)
        decision = policy.decide(similarity)
        return Compared(similarity, policy.threshold, decision, face_a, face_b, self.recogniser.model)

    async def _face(self, which: str, image: ImageRef) -> ComparedFace:
        try:
            picture, face = await self.look.at_face(image)
        except NoFace:
            msg = f"No face was found in picture {which}."
            raise NoFace(msg, image=which) from None
        return ComparedFace(face, len(picture.faces))
