"""Recognise with AWS Rekognition. Our own rows stay the truth of whose the faces are."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.domain.collections import CollectionRef, Model
from app.domain.errors import CollectionNotFound, MemberNotFound, NotOffered, RekognitionDrifted, UnusableFace
from app.domain.faces import AlignedFace, EmbeddedFace, KeepableFace, Likeness, Picture, RemoteFace
from app.domain.matching import the_one
from app.domain.members import Candidate, MemberDraft, Origin
from app.domain.scale import Scale
from app.ports import FaceStore, Wanted
from app.recognisers.rekognition.amazon import Amazon
from app.recognisers.rekognition.eye import Eye, FaceDetail, Sight, plain
from app.recognisers.rekognition.jpeg import MOST_BYTES, MOST_STAGED
from app.recognisers.rekognition.remote import MOST, Near, Remote
from app.recognisers.rekognition.staging import Staging
from app.store.remote import Owner, PgRemoteStore
from app.telemetry import stage
from app.vision.probe import drawn_face

MODEL = Model("rekognition", "aws-rekognition", 0, "AWS service terms", commercial=True)
"""All versions of it: AWS itself keeps each collection with the version that made it."""

ASKED = ("AGE_RANGE", "GENDER")
"""What AWS is asked for beside the faces where attributes are wanted."""
FEW = 100
"""Faces that are asked for first; all that AWS tells of where those are too few members."""
LEAST_LIKENESS = 0.2
"""Cosine from which it is kept how alike two faces of a gallery are. No gallery's threshold should lie below."""


@dataclass(frozen=True, slots=True)
class RekognitionRecogniser:
    """See app.ports.Recogniser. scale: what AWS's percentages are worth as cosines (docs/decisions/0011)."""

    eye: Eye
    remote: Remote
    staging: Staging
    faces: FaceStore
    store: PgRemoteStore
    scale: Scale
    model: Model = MODEL

    @property
    def amazon(self) -> Amazon:
        return self.remote.amazon

    async def probe(self) -> None:
        """Ask once. Whether it finds a drawn face is AWS's affair. Raises RekognitionUnavailable, RekognitionDenied."""
        await self.amazon("detect_faces", {"Image": {"Bytes": drawn_face()}})

    async def see(
        self,
        image: bytes,
        wanted: Wanted | None = None,  # noqa: ARG002 - each face is a call
        *,
        attributes: bool = False,
    ) -> Picture:
        sight, wish = await self.eye.open(image), ASKED if attributes else ()
        with stage("detect"):
            found = await self._detect(sight, wish)
        return Picture(*sight.size, sight.digest, await self.eye.faces(sight, found))

    async def keep(
        self, ref: CollectionRef, member: MemberDraft, face: AlignedFace, origin: Origin, *, replace: bool
    ) -> str:
        with suppress(CollectionNotFound):  # before AWS is asked, and paid
            await self.store.occupied(ref, self.model)
        known = await self.store.kept_already(ref, member.member_id, origin.digest, self.model)
        keepable = RemoteFace(plain(face), known) if known else the_one(await self.ready(ref, [face]))
        return await self.faces.keep(ref, member, keepable, origin, self.model, replace=replace)

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        msg = "AWS Rekognition does not show embeddings."
        raise NotOffered(msg, count=len(faces))

    async def ready(self, ref: CollectionRef, faces: Sequence[AlignedFace]) -> list[KeepableFace]:
        with stage("embed"):
            indexed = await asyncio.gather(*(self._index(ref, face) for face in faces))
        ready = [face for face in indexed if face is not None]
        if ready and await self.store.is_gallery(ref):
            await asyncio.gather(*(self._liken(ref, face.remote_id) for face in ready))
        return [*ready]

    async def search(self, ref: CollectionRef, faces: Sequence[AlignedFace], limit: int) -> list[list[Candidate]]:
        if not await self.store.occupied(ref, self.model):
            return [[] for _ in faces]
        with stage("search"):
            return await asyncio.gather(*(self.candidates(ref, face, limit) for face in faces))

    async def verify(self, ref: CollectionRef, member_id: str, face: AlignedFace) -> Likeness:
        """See app.ports. Of a collection of more than 4,096 faces AWS tells of the nearest: another is less alike."""
        await self.store.occupied(ref, self.model)
        if not await self.store.has_faces(ref, member_id):
            raise MemberNotFound
        with stage("search"):
            return self._likeness(await self._nearest_of(ref, member_id, await self.eye.cut(face)))

    async def compare(self, a: AlignedFace, b: AlignedFace) -> Likeness:
        first, second = await asyncio.gather(self.eye.cut(a), self.eye.cut(b))
        answer = await self.amazon(
            "compare_faces",
            {
                "SourceImage": {"Bytes": first},
                "TargetImage": {"Bytes": second},
                "SimilarityThreshold": 0,
                "QualityFilter": "NONE",
            },
        )
        found = [float(match["Similarity"]) for match in answer.get("FaceMatches", [])]
        if not found:
            msg = "AWS Rekognition finds no face where one was found."
            raise UnusableFace(msg)
        return self._likeness(max(found))

    async def size(self, ref: CollectionRef) -> int:
        return await self.faces.size(ref)

    async def _detect(self, sight: Sight, wish: Sequence[str]) -> Sequence[FaceDetail]:
        """By a bucket where there is one and the picture would lose by being made small enough to travel."""
        if self.staging.bucket:
            picture = await self.eye.whole(sight, MOST_STAGED)
            if len(picture) > MOST_BYTES:
                async with self.staging(picture) as image:
                    return await self._details(image, wish)
        return await self._details({"Bytes": await self.eye.whole(sight, MOST_BYTES)}, wish)

    async def _details(self, image: dict[str, object], wish: Sequence[str]) -> Sequence[FaceDetail]:
        answer = await self.amazon("detect_faces", {"Image": image, "Attributes": ["DEFAULT", *wish]})
        details: Sequence[FaceDetail] = answer.get("FaceDetails", [])
        return details

    async def _index(self, ref: CollectionRef, face: AlignedFace) -> RemoteFace | None:
        """None for a face that AWS does not find again."""
        try:
            return RemoteFace(plain(face), await self.remote.index(ref, await self.eye.cut(face)))
        except UnusableFace:
            return None

    async def _liken(self, ref: CollectionRef, remote_id: str) -> None:
        near = await self.remote.like(ref, remote_id, self.scale.percent(LEAST_LIKENESS))
        alike = ((remote_id, one.remote_id, self.scale.cosine(one.percent)) for one in near)
        await self.store.liken(ref, [(remote_id, remote_id, 1.0), *alike])

    async def _nearest_of(self, ref: CollectionRef, member_id: str, picture: bytes) -> float:
        """Percent of the member's nearest face; no more than that of the last face that AWS tells of."""
        near: list[Near] = []
        for most in (FEW, MOST):
            near = await self.remote.near(ref, picture, most)
            owners = await self._owned(ref, near)
            mine = [one for one in near if one.remote_id in owners and owners[one.remote_id].member_id == member_id]
            if mine:
                return mine[0].percent
            if len(near) < most:
                raise RekognitionDrifted  # all of the collection was searched
        return near[-1].percent

    async def candidates(self, ref: CollectionRef, face: AlignedFace, limit: int) -> list[Candidate]:
        """The members most like the face, whatever model the collection is searched by.

        None for a face that AWS does not find again: the other faces of the picture are answered all the same.
        """
        picture = await self.eye.cut(face)
        found: list[Candidate] = []
        for most in (FEW, MOST):
            try:
                near = await self.remote.near(ref, picture, most)
            except UnusableFace:
                return []
            found = list(self._best(near, await self._owned(ref, near)))
            if len(found) >= limit or len(near) < most:
                break
        return found[:limit]

    async def _owned(self, ref: CollectionRef, near: Sequence[Near]) -> dict[str, Owner]:
        return await self.store.whose(ref, [one.remote_id for one in near])

    def _best(self, near: Sequence[Near], owners: dict[str, Owner]) -> Iterable[Candidate]:
        """Each member once, by the best of their faces; the nearest comes first."""
        seen: set[str] = set()
        for one in near:
            owner = owners.get(one.remote_id)
            if owner and owner.member_id not in seen:
                seen.add(owner.member_id)
                alike = self._likeness(one.percent)
                yield Candidate(owner.member_id, owner.name, owner.face_id, alike.similarity, alike.raw)

    def _likeness(self, percent: float) -> Likeness:
        return Likeness(self.scale.cosine(percent), percent)
