"""Recognise with our own engine and our own store."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.collections import CollectionRef, Model
from app.domain.errors import ModelUnavailable
from app.domain.faces import AlignedFace, EmbeddedFace, KeepableFace, Likeness, Picture, cosine
from app.domain.members import Candidate, MemberDraft, Origin
from app.ports import FaceStore, Wanted
from app.telemetry import stage
from app.vision.engine import Engine
from app.vision.probe import drawn_face


@dataclass(frozen=True, slots=True)
class LocalRecogniser:
    """See app.ports.Recogniser."""

    engine: Engine
    store: FaceStore

    @property
    def model(self) -> Model:
        return self.engine.model

    async def probe(self) -> None:
        picture = await self.see(drawn_face(), attributes=True)
        if not picture.faces:
            msg = "The detector does not find a face that is plainly there."
            raise ModelUnavailable(msg)
        await self.engine.embed(picture.faces[:1])

    async def see(self, image: bytes, wanted: Wanted | None = None, *, attributes: bool = False) -> Picture:
        return await self.engine.see(image, wanted, attributes=attributes)

    async def keep(
        self, ref: CollectionRef, member: MemberDraft, face: AlignedFace, origin: Origin, *, replace: bool
    ) -> str:
        [embedded] = await self.engine.embed([face])
        return await self.store.keep(ref, member, embedded, origin, self.model, replace=replace)

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        return await self.engine.embed(faces)

    async def ready(self, ref: CollectionRef, faces: Sequence[AlignedFace]) -> list[KeepableFace]:  # noqa: ARG002
        return [*await self.engine.embed(faces)]

    async def search(self, ref: CollectionRef, faces: Sequence[AlignedFace], limit: int) -> list[list[Candidate]]:
        probes = [face.embedding for face in await self.engine.embed(faces)]
        with stage("search"):
            return await self.store.nearest(ref, probes, self.model, limit)

    async def verify(self, ref: CollectionRef, member_id: str, face: AlignedFace) -> Likeness:
        [embedded] = await self.engine.embed([face])
        with stage("search"):
            return Likeness(await self.store.best_of(ref, member_id, embedded.embedding, self.model))

    async def compare(self, a: AlignedFace, b: AlignedFace) -> Likeness:
        first, second = await self.engine.embed([a, b])
        return Likeness(cosine(first.embedding, second.embedding))

    async def size(self, ref: CollectionRef) -> int:
        return await self.store.size(ref)
