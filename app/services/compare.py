"""Say whether two pictures show the same person."""

from dataclasses import dataclass

from app.domain.calibration import Odds
from app.domain.collections import Model
from app.domain.errors import NoFace
from app.domain.faces import AlignedFace, Likeness
from app.domain.images import ImageRef
from app.domain.matching import Decision
from app.ports import Recogniser
from app.services.judge import Judge
from app.services.look import Look


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
        self, a: ImageRef, b: ImageRef, *, threshold: float | None, target: float | None = None
    ) -> Compared:
        """Hold the face that each is of against the other. target: FMR in the place of a threshold.

        Raises NotCalibrated, and NoFace saying in which picture.
        """
        cut = self.judge.pair(threshold=threshold, target=target)
        face_a, face_b = await self._face("a", a), await self._face("b", b)
        likeness = await self.recogniser.compare(face_a.face, face_b.face)
        decision, model = cut.policy.decide(likeness.similarity), self.recogniser.model
        return Compared(likeness, cut.policy.threshold, decision, face_a, face_b, model, cut.odds)

    async def _face(self, which: str, image: ImageRef) -> ComparedFace:
        try:
            picture, face = await self.look.at_face(image)
        except NoFace:
            msg = f"No face was found in picture {which}."
            raise NoFace(msg, image=which) from None
        return ComparedFace(face, len(picture.faces))
