"""Say who of a collection is in a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.calibration import Odds
from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace, Picture
from app.domain.images import ImageRef
from app.domain.liveness import LivenessMode
from app.domain.matching import Decision, Policy, margin
from app.domain.members import Candidate
from app.law_ports import Sightings
from app.ports import Recogniser
from app.services.judge import Judge
from app.services.look import Look
from app.telemetry import decided


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that is at least worth a look."""

    candidate: Candidate
    decision: Decision


@dataclass(frozen=True, slots=True)
class SearchedFace:
    """A face of the picture and who it may be, best first. margin: what parts the first member from the next."""

    face: AlignedFace
    matches: tuple[Match, ...]
    margin: float


@dataclass(frozen=True, slots=True)
class Identified:
    """faces: those that were searched, largest first; faces_detected counts all."""

    faces: tuple[SearchedFace, ...]
    faces_detected: int
    threshold: float
    model: Model
    odds: Odds

    @property
    def matches(self) -> list[Match]:
        """Each member once, by the face that is most like them, best first."""
        best: dict[str, Match] = {}
        for match in sorted((m for face in self.faces for m in face.matches), key=_descending):
            best.setdefault(match.candidate.member_id, match)
        return list(best.values())

    @property
    def margin(self) -> float:
        """Of the face that the first of `matches` rests on; 0 where there is none."""
        first = max((face for face in self.faces if face.matches), key=_lead, default=None)
        return first.margin if first else 0.0


@dataclass(frozen=True, slots=True)
class Identify:
    look: Look
    recogniser: Recogniser
    judge: Judge
    max_faces: int
    sightings: Sightings

    async def __call__(
        self,
        ref: CollectionRef,
        image: ImageRef,
        *,
        top_k: int,
        threshold: float | None,
        all_faces: bool,
        target: float | None = None,
        liveness: LivenessMode = LivenessMode.OFF,
        attributes: bool = False,
    ) -> Identified:
        """Search the face that the picture is of, or the `max_faces` largest. target: FPIR in the place of a threshold.

        attributes: of the latter, guess ages and the like too.
        Raises NoFace, SpoofSuspected, LivenessUnavailable, CollectionNotFound, ModelMismatch, NotCalibrated.
        """
        mode = await self.look.alive.mode(liveness, ref)
        picture, faces = await self._faces(image, all_faces=all_faces, attributes=attributes)
        faces = await self.look.alive.each(mode, picture, faces)
        cut = await self.judge.among(ref, threshold=threshold, target=target)
        # One more than was asked for: the margin needs a runner-up.
        found = await self.recogniser.search(ref, faces, top_k + 1)
        searched = tuple(_searched(face, near, cut.policy, top_k) for face, near in zip(faces, found, strict=True))
        await self.sightings.seen(ref, set(_recognised(searched)))
        return Identified(searched, len(picture.faces), cut.policy.threshold, self.recogniser.model, cut.odds)

    async def _faces(
        self, image: ImageRef, *, all_faces: bool, attributes: bool
    ) -> tuple[Picture, Sequence[AlignedFace]]:
        if all_faces:
            return await self.look.at_faces(image, self.max_faces, attributes=attributes)
        picture, face = await self.look.at_face(image)
        return picture, [face]


def _searched(face: AlignedFace, near: Sequence[Candidate], policy: Policy, top_k: int) -> SearchedFace:
    apart = margin([candidate.similarity for candidate in near])
    for best in near[:1]:
        decided("identify", policy.decide(best.similarity), best.similarity)
    return SearchedFace(face, tuple(_judge(near[:top_k], policy)), apart)


def _judge(candidates: Sequence[Candidate], policy: Policy) -> Iterable[Match]:
    judged = (Match(candidate, policy.decide(candidate.similarity)) for candidate in candidates)
    return (match for match in judged if match.decision is not Decision.NO_MATCH)


def _recognised(faces: Iterable[SearchedFace]) -> Iterable[str]:
    """Who was, for sure: of each face the first."""
    firsts = (face.matches[0] for face in faces if face.matches)
    return (match.candidate.member_id for match in firsts if match.decision is Decision.MATCH)


def _lead(face: SearchedFace) -> float:
    return face.matches[0].candidate.similarity


def _descending(match: Match) -> float:
    return -match.candidate.similarity
