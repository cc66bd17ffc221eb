"""A recogniser that reads its pictures instead of looking at them."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import NAMESPACE_OID, uuid5

import numpy as np

from app.domain.collections import CollectionRef, Model
from app.domain.errors import CollectionNotFound, ImageUnreadable, MemberNotFound
from app.domain.faces import (
    Age,
    AlignedFace,
    Attributes,
    Box,
    DetectedFace,
    EmbeddedFace,
    Flaw,
    Gender,
    KeepableFace,
    Likeness,
    Picture,
    Pose,
    Quality,
    Sex,
    unit,
)
from app.domain.members import Candidate, MemberDraft, Origin
from app.ports import Wanted

THIRTY = Attributes(Age(30, 24, 36), Gender(Sex.FEMALE, 0.75))
MODEL = Model("fake", "0" * 64, 4, "MIT", commercial=True)


class FakeRecogniser:
    """b"ann" is a picture of Ann; b"ann bob" shows both, Ann larger; b"ann~" is a bad picture of her.

    b"." shows nobody, and b"?" is no picture. Everybody is taken for thirty.
    Ann is like Ann by 0.9, like Anna by 0.32, and like others by 0.1.
    """

    model = MODEL

    def __init__(self) -> None:
        self.kept: dict[CollectionRef, dict[str, tuple[str, str]]] = {CollectionRef("default", "default"): {}}

    async def probe(self) -> None: ...

    async def see(self, image: bytes, wanted: Wanted | None = None, *, attributes: bool = False) -> Picture:
        if image == b"?":
            raise ImageUnreadable
        people = image.replace(b".", b"").decode().split()
        guessed = THIRTY if attributes else Attributes()
        faces = tuple(replace(_face(person, 1 / (n + 2)), attributes=guessed) for n, person in enumerate(people))
        return Picture(100, 100, sha256(image).hexdigest(), faces)

    async def keep(
        self, ref: CollectionRef, member: MemberDraft, face: AlignedFace, origin: Origin, *, replace: bool
    ) -> str:
        faces = self.kept.setdefault(ref, {})
        if replace:
            self.kept[ref] = faces = {f: kept for f, kept in faces.items() if kept[0] != member.member_id}
        face_id = str(uuid5(NAMESPACE_OID, f"{ref} {member.member_id} {origin.digest}"))
        faces[face_id] = (member.member_id, _person(face))
        return face_id

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        return [EmbeddedFace(face, unit(np.frombuffer(face.crop.tobytes()[:4], np.uint8))) for face in faces]

    async def ready(self, ref: CollectionRef, faces: Sequence[AlignedFace]) -> list[KeepableFace]:
        return [*await self.embed(faces)]

    async def search(self, ref: CollectionRef, faces: Sequence[AlignedFace], limit: int) -> list[list[Candidate]]:
        if ref not in self.kept:
            raise CollectionNotFound
        return [self._nearest(ref, _person(face))[:limit] for face in faces]

    async def verify(self, ref: CollectionRef, member_id: str, face: AlignedFace) -> Likeness:
        if ref not in self.kept:
            raise CollectionNotFound
        found = {c.member_id: c.similarity for c in self._nearest(ref, _person(face))}
        if member_id not in found:
            raise MemberNotFound
        return Likeness(found[member_id])

    async def compare(self, a: AlignedFace, b: AlignedFace) -> Likeness:
        return Likeness(_similarity(_person(a), _person(b)))

    async def size(self, ref: CollectionRef) -> int:
        return len(self.kept.get(ref, {}))

    def _nearest(self, ref: CollectionRef, person: str) -> list[Candidate]:
        best: dict[str, Candidate] = {}
        for face_id, (member_id, kept) in self.kept[ref].items():
            candidate = Candidate(member_id, member_id.title(), face_id, _similarity(person, kept))
            if member_id not in best or candidate.similarity > best[member_id].similarity:
                best[member_id] = candidate
        return sorted(best.values(), key=lambda c: (-c.similarity, c.member_id))


def _face(person: str, side: float) -> AlignedFace:
    name = np.frombuffer(person.strip("~").encode().ljust(16), dtype=np.uint8)
    quality = Quality(0.1, (Flaw.BLURRED,)) if person.endswith("~") else Quality(0.9)
    found = DetectedFace(Box(0.1, 0.1, side, side), np.full((5, 2), 0.5, np.float32), 0.9)
    return AlignedFace(found, name, quality, Pose(0, 0, 0))


def _person(face: AlignedFace) -> str:
    return face.crop.tobytes().decode().strip()


def _similarity(a: str, b: str) -> float:
    if a == b:
        return 0.9
    return 0.32 if a.startswith(b) or b.startswith(a) else 0.1
