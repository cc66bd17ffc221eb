"""Say who of a collection is in a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace, Picture
from app.domain.images import ImageRef
from app.domain.matching import Decision, Policy
from app.domain.members import Candidate
from app.ports import Recogniser
from app.services.look import Look


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that is at least worth a look."""

    candidate: Candidate
    decision: Decision


@dataclass(frozen=True, slots=True)
class SearchedFace:
    """A face of the picture and who it may be, best first."""

    face: AlignedFace
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """faces: those that were searched, largest first; faces_detected counts all."""

    faces: tuple[SearchedFace, ...]
    faces_detected: int
    threshold: float
    model: Model

    @property
    def matches(self) -> list[Match]:
        """Each member once, by the face that is most like them, best first."""
        best: dict[str, Match] = {}
        for match in sorted((m for face in self.faces for m in face.matches), key=_descending):
            best.setdefault(match.candidate.member_id, match)
        return list(best.values())


@dataclass(frozen=True, slots=True)
class Identify:
    look: Look
    recogniser: Recogniser
    policy: Policy
    max_faces: int

    async def __call__(
        self, ref: CollectionRef, image: ImageRef, *, top_k: int, threshold: float | None, all_faces: bool
    ) -> Identified:
        """Search the face that the picture is of, or the `max_faces` largest.

        Raises NoFace, CollectionNotFound, ModelMismatch.
        """
        policy = self.policy.at(threshold)
        picture, faces = await self._faces(image, all_faces=all_faces)
        found = await self.recogniser.search(ref, faces, top_k)
        searched = tuple(
            SearchedFace(face, tuple(_judge(candidates, policy))) for face, candidates in zip(faces, found, strict=True)
        )
        return Identified(searched, len(picture.faces), policy.threshold, self.recogniser.model)

    async def _faces(self, image: ImageRef, *, all_faces: bool) -> tuple[Picture, Sequence[AlignedFace]]:
        if all_faces:
            return await self.look.at_faces(image, self.max_faces)
        picture, face = await self.look.at_face(image)
        return picture, [face]


def _judge(candidates: Sequence[Candidate], policy: Policy) -> Iterable[Match]:
    judged = (Match(candidate, policy.decide(candidate.similarity)) for candidate in candidates)
    return (match for match in judged if match.decision is not Decision.NO_MATCH)


def _descending(match: Match) -> float:
    return -match.candidate.similarity
