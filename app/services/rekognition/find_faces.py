"""Find the faces of a collection that are like another one."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.bars import QualityFilter
from app.domain.collections import CollectionRef
from app.domain.faces import AlignedFace, Embedding
from app.domain.images import ImageRef
from app.domain.users import KnownFace
from app.law_ports import Sightings
from app.ports import Recogniser
from app.services.judge import Judge
from app.services.rekognition.look_largest import LookLargest
from app.telemetry import stage
from app.user_ports import FaceBook, NearFaces


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """percent: similarity, 0–100 (app.domain.scale)."""

    face: KnownFace
    percent: float


@dataclass(frozen=True, slots=True)
class FindFaces:
    look: LookLargest
    recogniser: Recogniser
    judge: Judge
    book: FaceBook
    near: NearFaces
    sightings: Sightings

    async def by_face(self, ref: CollectionRef, face_id: str, most: int, least: float) -> Sequence[FaceMatch]:
        """Those like a face of the collection, itself left out. Raises CollectionNotFound, FaceNotFound."""
        probe = await self.book.embedding(ref, face_id, self.recogniser.model)
        found = await self._search(ref, probe, most + 1, least)
        return [match for match in found if match.face.face_id != face_id][:most]

    async def by_image(
        self, ref: CollectionRef, image: ImageRef, most: int, least: float, wanted: QualityFilter
    ) -> tuple[AlignedFace, Sequence[FaceMatch]]:
        """Those like the largest face of a picture, and that face. Raises CollectionNotFound, NoFace."""
        await self.book.collection(ref)
        probe = await self.look.probe(image, wanted)
        found = await self._search(ref, probe.face.embedding, most, least)
        await self.sightings.seen(ref, [match.face.user_id for match in found[:1] if match.face.user_id])
        return probe.face.aligned, found

    async def _search(self, ref: CollectionRef, probe: Embedding, most: int, least: float) -> Sequence[FaceMatch]:
        """At least so similar, best first. most: faces. least: percent."""
        scale = await self.judge.scale(ref)
        with stage("search"):
            hits = await self.near.faces(ref, probe, self.recogniser.model, most)
        matches = [FaceMatch(hit.face, scale.percent(hit.similarity)) for hit in hits]
        return [match for match in matches if match.percent >= least]
