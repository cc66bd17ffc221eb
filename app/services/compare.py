"""Say whether two pictures show the same person."""

from dataclasses import dataclass

from app.domain.calibration import Odds
from app.domain.collections import Model
from app.domain.errors import NoFace, SpoofSuspected
from app.domain.faces import AlignedFace, Likeness
from app.domain.images import ImageRef
from app.domain.liveness import LivenessMode
from app.domain.matching import Decision
from app.ports import Recogniser
from app.services.judge import Judge
from app.services.look import Look
from app.telemetry import decided


@dataclass(frozen=True, slots=True)
class ComparedFace:
    face: AlignedFace
    faces_detected: int


@dataclass(frozen=True, slots=True)
class Compared:
    likeness: Likeness
    threshold: float
    decision: Decision
    a: ComparedFace
    b: ComparedFace
    model: Model
    odds: Odds


@dataclass(frozen=True, slots=True)
class Compare:
    look: Look
    recogniser: Recogniser
    judge: Judge

    async def __call__(
        self,
        a: ImageRef,
        b: ImageRef,
        *,
        threshold: float | None,
        target: float | None = None,
        liveness: LivenessMode = LivenessMode.OFF,
    ) -> Compared:
        """Hold the face that each is of against the other. target: FMR in the place of a threshold.

        Raises NotCalibrated, LivenessUnavailable, and NoFace and SpoofSuspected saying in which picture.
        """
        cut = self.judge.pair(threshold=threshold, target=target)
        mode = await self.look.alive.mode(liveness)
        face_a, face_b = await self._face("a", a, mode), await self._face("b", b, mode)
        likeness = await self.recogniser.compare(face_a.face, face_b.face)
        decision, model = cut.policy.decide(likeness.similarity), self.recogniser.model
        decided("compare", decision, likeness.similarity)
        return Compared(likeness, cut.policy.threshold, decision, face_a, face_b, model, cut.odds)

    async def _face(self, which: str, image: ImageRef, mode: LivenessMode) -> ComparedFace:
        try:
            picture, face = await self.look.at_face(image)
            face = await self.look.alive(mode, picture, face)
        except NoFace:
            msg = f"No face was found in picture {which}."
            raise NoFace(msg, image=which) from None
        except SpoofSuspected as error:
            msg = f"The face in picture {which} looks like a picture of one, and a live one is required."
            raise SpoofSuspected(msg, image=which, **error.extra) from None
        return ComparedFace(face, len(picture.faces))
