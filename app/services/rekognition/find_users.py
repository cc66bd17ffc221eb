"""Find the users of a collection who are like a face or like another user."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.bars import QualityFilter
from app.domain.collections import CollectionRef
from app.domain.faces import Embedding
from app.domain.images import ImageRef
from app.law_ports import Sightings
from app.ports import Recogniser
from app.services.judge import Judge
from app.services.rekognition.look_largest import LookLargest, Probe
from app.telemetry import stage
from app.user_ports import FaceBook, NearFaces, UserStore


@dataclass(frozen=True, slots=True)
class UserMatch:
    """percent: similarity, 0–100 (app.domain.scale)."""

    user_id: str
    percent: float


@dataclass(frozen=True, slots=True)
class FindUsers:
    look: LookLargest
    recogniser: Recogniser
    judge: Judge
    book: FaceBook
    near: NearFaces
    users: UserStore
    sightings: Sightings

    async def by_face(self, ref: CollectionRef, face_id: str, most: int, least: float) -> Sequence[UserMatch]:
        """Raises CollectionNotFound, FaceNotFound."""
        return await self._search(ref, await self.book.embedding(ref, face_id, self.recogniser.model), most, least)

    async def by_user(self, ref: CollectionRef, user_id: str, most: int, least: float) -> Sequence[UserMatch]:
        """Those like a user, who is left out; nobody is like one without faces. Raises MemberNotFound."""
        probe = await self.users.mean(ref, user_id, self.recogniser.model)
        found = await self._search(ref, probe, most + 1, least) if probe is not None else []
        return [match for match in found if match.user_id != user_id][:most]

    async def by_image(
        self, ref: CollectionRef, image: ImageRef, most: int, least: float, wanted: QualityFilter
    ) -> tuple[Probe, Sequence[UserMatch]]:
        """Those like the largest face of a picture. Raises CollectionNotFound, NoFace."""
        await self.book.collection(ref)
        probe = await self.look.probe(image, wanted)
        found = await self._search(ref, probe.face.embedding, most, least)
        await self.sightings.seen(ref, [match.user_id for match in found[:1]])
        return probe, found

    async def _search(self, ref: CollectionRef, probe: Embedding, most: int, least: float) -> Sequence[UserMatch]:
        """At least so similar, best first. most: users. least: percent."""
        scale = await self.judge.scale(ref)
        with stage("search"):
            hits = await self.near.users(ref, probe, self.recogniser.model, most)
        matches = [UserMatch(hit.user_id, scale.percent(hit.similarity)) for hit in hits]
        return [match for match in matches if match.percent >= least]
