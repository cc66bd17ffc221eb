"""Say whether a picture shows a given member."""

from dataclasses import dataclass

from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace
from app.domain.images import ImageRef
from app.domain.matching import Decision, Policy
from app.ports import Recogniser
from app.services.look import Look


@dataclass(frozen=True, slots=True)
class Verified:
    similarity: float
    threshold: float
    decision: Decision
    face: AlignedFace
    faces_detected: int
    model: Model


@dataclass(frozen=True, slots=True)
class Verify:
    look: Look
    recogniser: Recogniser
    policy: Policy

    async def __call__(
        self, ref: CollectionRef, member_id: str, image: ImageRef, *, threshold: float | None
    ) -> Verified:
        """Hold the face that the picture is of against the member's best one.

        Raises NoFace, MemberNotFound, CollectionNotFound, ModelMismatch.
        """
        policy = self.policy.at(threshold)
        picture, face = await self.look.at_face(image)
        similarity = await self.recogniser.verify(ref, member_id, face)
        decision = policy.decide(similarity)
        return Verified(similarity, policy.threshold, decision, face, len(picture.faces), self.recogniser.model)
