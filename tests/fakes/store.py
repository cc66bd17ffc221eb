"""FaceStore, MemberStore and CollectionStore over one dictionary. They pass the contracts that Postgres passes."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

from app.domain.calibration import Curve
from app.domain.collections import (
    AS_IT_IS,
    DEFAULT_COLLECTION,
    DEFAULT_TENANT,
    Collection,
    CollectionRef,
    FaceBackend,
    Kind,
    Model,
    Rules,
)
from app.domain.errors import (
    CollectionNotFound,
    Conflict,
    FaceNotFound,
    InvalidRequest,
    MemberNotFound,
    ModelMismatch,
)
from app.domain.faces import EmbeddedFace, Embedding, KeepableFace, cosine
from app.domain.items import Original
from app.domain.liveness import LivenessMode
from app.domain.members import Candidate, Member, MemberDraft, Origin, Page, StoredFace

T = TypeVar("T")


@dataclass
class Kept:
    """A face with what only the store knows of it."""

    stored: StoredFace
    embedding: Embedding
    digest: str
    recogniser: str


@dataclass
class Shelf:
    """A collection and all that is in it."""

    kind: Kind = Kind.MEMBERS
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    liveness: LivenessMode = LivenessMode.OFF
    consent_required: bool = False
    retention_days: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    faces: dict[str, Kept] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    backend: FaceBackend | None = None

    def of(self, member_id: str) -> list[Kept]:
        return [face for face in self.faces.values() if face.stored.member_id == member_id]


class World:
    """What the three fakes share. The default tenant has its default collection, as after a migration."""

    def __init__(self) -> None:
        self.shelves: dict[CollectionRef, Shelf] = {CollectionRef(DEFAULT_TENANT, DEFAULT_COLLECTION): Shelf()}

    def shelf(self, ref: CollectionRef) -> Shelf:
        if ref not in self.shelves:
            raise CollectionNotFound
        return self.shelves[ref]

    def member(self, ref: CollectionRef, member_id: str) -> Member:
        shelf = self.shelves.get(ref, Shelf())
        if member_id not in shelf.members:
            raise MemberNotFound
        return replace(shelf.members[member_id], faces=len(shelf.of(member_id)))


class FakeFaceStore:
    def __init__(self, world: World) -> None:
        self._world = world

    async def keep(
        self,
        ref: CollectionRef,
        member: MemberDraft,
        face: KeepableFace,
        origin: Origin,
        model: Model,
        *,
        replace: bool,
    ) -> str:
        _refuse_nul(member, origin, ref)
        shelf = self._world.shelves.get(ref, Shelf())
        _require_model(shelf, model)
        self._world.shelves[ref] = shelf
        shelf.members[member.member_id] = _drafted(shelf.members.get(member.member_id), member)
        kept = next((face for face in shelf.of(member.member_id) if face.digest == origin.digest), None)
        kept = kept or _kept(member.member_id, face, origin, model)
        others = shelf.of(member.member_id) if replace else []
        for other in others:
            del shelf.faces[other.stored.face_id]
        shelf.faces[kept.stored.face_id] = kept
        return kept.stored.face_id

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        shelf = self._world.shelf(ref)
        _require_model(shelf, model)
        return [_ranked(shelf, probe)[:limit] for probe in probes]

    async def best_of(self, ref: CollectionRef, member_id: str, probe: Embedding, model: Model) -> float:
        shelf = self._world.shelf(ref)
        _require_model(shelf, model)
        if not shelf.of(member_id):
            raise MemberNotFound
        return max(cosine(face.embedding, probe) for face in shelf.of(member_id))

    async def size(self, ref: CollectionRef) -> int:
        return len(self._world.shelves.get(ref, Shelf()).faces)


class FakeCurveStore:
    def __init__(self, world: World) -> None:
        self._world = world

    async def get(self, ref: CollectionRef, model: Model) -> Curve | None:
        return self._world.shelves.get(ref, Shelf()).curves.get(model.recogniser_sha256)

    async def put(self, ref: CollectionRef, model: Model, curve: Curve) -> None:
        self._world.shelf(ref).curves[model.recogniser_sha256] = curve

    async def delete(self, ref: CollectionRef, model: Model) -> None:
        self._world.shelves.get(ref, Shelf()).curves.pop(model.recogniser_sha256, None)


class FakeMemberStore:
    def __init__(self, world: World) -> None:
        self._world = world

    async def page(self, ref: CollectionRef, cursor: str, limit: int) -> Page[Member]:
        members = [self._world.member(ref, member_id) for member_id in sorted(self._world.shelf(ref).members)]
        return _page(members, cursor, limit, lambda member: member.member_id)

    async def get(self, ref: CollectionRef, member_id: str) -> Member:
        _refuse_nul(member_id)
        return self._world.member(ref, member_id)

    async def update(self, ref: CollectionRef, draft: MemberDraft) -> Member:
        _refuse_nul(draft)
        found = self._world.member(ref, draft.member_id)
        self._world.shelf(ref).members[draft.member_id] = _drafted(found, draft)
        return self._world.member(ref, draft.member_id)

    async def delete(self, ref: CollectionRef, member_id: str) -> None:
        self._world.member(ref, member_id)
        shelf = self._world.shelf(ref)
        for face in shelf.of(member_id):
            del shelf.faces[face.stored.face_id]
        del shelf.members[member_id]

    async def faces(self, ref: CollectionRef, member_id: str, cursor: str, limit: int) -> Page[StoredFace]:
        self._world.member(ref, member_id)
        faces = [face.stored for face in self._world.shelf(ref).of(member_id)]
        faces.sort(key=lambda face: (face.created_at, face.face_id))
        return _page(faces, cursor, limit, lambda face: face.created_at.isoformat() + face.face_id)

    async def original(self, ref: CollectionRef, face_id: str) -> Original:
        kept = self._world.shelves.get(ref, Shelf()).faces.get(face_id)
        if kept is None:
            raise FaceNotFound
        return Original(kept.stored.member_id, kept.digest, kept.stored.source, kept.stored.box)

    async def delete_face(self, ref: CollectionRef, face_id: str) -> None:
        if self._world.shelves.get(ref, Shelf()).faces.pop(face_id, None) is None:
            raise FaceNotFound


class FakeCollectionStore:
    def __init__(self, world: World) -> None:
        self._world = world

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Collection]:
        refs = sorted((ref for ref in self._world.shelves if ref.tenant == tenant), key=lambda ref: ref.name)
        return _page([await self.get(ref) for ref in refs], cursor, limit, lambda found: found.name)

    async def get(self, ref: CollectionRef) -> Collection:
        shelf = self._world.shelf(ref)
        model = next((face.stored.model for face in shelf.faces.values()), "")
        counts = (len(shelf.members), len(shelf.faces))
        rules = {field.name: getattr(shelf, field.name) for field in fields(Rules)}
        return Collection(ref.name, shelf.kind, model, *counts, shelf.created_at, **rules)

    async def put(self, ref: CollectionRef, kind: Kind, rules: Rules = AS_IT_IS) -> Collection:
        _refuse_nul(ref)
        shelf = self._world.shelves.setdefault(ref, Shelf(kind))
        if shelf.kind is not kind:
            raise Conflict
        for name, wanted in asdict(rules).items():
            setattr(shelf, name, getattr(shelf, name) if wanted is None else wanted)
        return await self.get(ref)

    async def liveness(self, ref: CollectionRef) -> LivenessMode:
        return self._world.shelves.get(ref, Shelf()).liveness

    async def delete(self, ref: CollectionRef) -> None:
        self._world.shelf(ref)
        del self._world.shelves[ref]
        if ref.name == DEFAULT_COLLECTION:
            self._world.shelves[ref] = Shelf()

    async def backend(self, ref: CollectionRef) -> tuple[str, FaceBackend | None]:
        shelf = self._world.shelves.get(ref, Shelf())
        return next((face.recogniser for face in shelf.faces.values()), ""), shelf.backend


def _refuse_nul(*said: object) -> None:
    if "\\x00" in repr(said):
        raise InvalidRequest


def _require_model(shelf: Shelf, model: Model) -> None:
    if any(face.recogniser != model.recogniser_sha256 for face in shelf.faces.values()):
        raise ModelMismatch


def _drafted(found: Member | None, draft: MemberDraft) -> Member:
    now = datetime.now(UTC)
    known = found or Member(draft.member_id, "", {}, 0, now, now)
    name = known.name if draft.name is None else draft.name
    metadata = known.metadata if draft.metadata is None else dict(draft.metadata)
    return replace(known, name=name, metadata=metadata, updated_at=now)


def _kept(member_id: str, face: KeepableFace, origin: Origin, model: Model) -> Kept:
    assert isinstance(face, EmbeddedFace)
    found, quality = face.aligned.found, face.aligned.quality.score
    now = datetime.now(UTC)
    stored = StoredFace(str(uuid4()), member_id, found.box, found.score, quality, origin.source, model.name, now)
    return Kept(stored, face.embedding, origin.digest, model.recogniser_sha256)


def _ranked(shelf: Shelf, probe: Embedding) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for face in shelf.faces.values():
        member = shelf.members[face.stored.member_id]
        found = Candidate(member.member_id, member.name, face.stored.face_id, cosine(face.embedding, probe))
        if member.member_id not in best or found.similarity > best[member.member_id].similarity:
            best[member.member_id] = found
    return sorted(best.values(), key=lambda found: (-found.similarity, found.member_id))


def _page(items: list[T], cursor: str, limit: int, key: Callable[[T], str]) -> Page[T]:
    """The cursor is the last key behind a mark, so that one that was made up is known."""
    if cursor and not cursor.startswith("after:"):
        raise InvalidRequest
    rest = [item for item in items if key(item) > cursor.removeprefix("after:")] if cursor else items
    shown = tuple(rest[:limit])
    return Page(shown, f"after:{key(shown[-1])}" if len(rest) > limit else "")
