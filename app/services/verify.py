"""Say whether a picture shows a given member."""

from dataclasses import dataclass

from app.domain.calibration import Odds
from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace, Likeness
from app.domain.images import ImageRef
from app.domain.liveness import LivenessMode
from app.domain.matching import Decision
from app.law_ports import Sightings
from app.ports import Recogniser
from app.services.judge import Judge
from app.services.look import Look
from app.telemetry import decided


@dataclass(frozen=True, slots=True)
class Verified:
    likeness: Likeness
    threshold: float
    decision: Decision
    face: AlignedFace
    faces_detected: int
    model: Model
    odds: Odds


@dataclass(frozen=True, slots=True)
class Verify:
    look: Look
    recogniser: Recogniser
    judge: Judge
    sightings: Sightings

    async def __call__(
        self,
        ref: CollectionRef,
        member_id: str,
        image: ImageRef,
        *,
        threshold: float | None,
        target: float | None = None,
        liveness: LivenessMode = LivenessMode.OFF,
    ) -> Verified:
        """Hold the face that the picture is of against the member's best one. target: FMR in the place of a threshold.

        Raises NoFace, SpoofSuspected, LivenessUnavailable, MemberNotFound, CollectionNotFound, NotCalibrated.
        """
        mode = await self.look.alive.mode(liveness, ref)
        picture, face = await self.look.at_face(image)
        face = await self.look.alive(mode, picture, face)
        cut = await self.judge.one(ref, threshold=threshold, target=target)
        likeness = await self.recogniser.verify(ref, member_id, face)
        decision, model = cut.policy.decide(likeness.similarity), self.recogniser.model
        decided("verify", decision, likeness.similarity)
        if decision is Decision.MATCH:
            await self.sightings.seen(ref, [member_id])
        return Verified(likeness, cut.policy.threshold, decision, face, len(picture.faces), model, cut.odds)
