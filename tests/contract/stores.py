"""The kinds of store that the contracts are held against, and faces to put into them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np
import psycopg

from app.domain.collections import CollectionRef, Model
from app.domain.faces import (
    AlignedFace,
    Box,
    DetectedFace,
    EmbeddedFace,
    Embedding,
    Flaw,
    KeepableFace,
    Pose,
    Quality,
    unit,
)
from app.domain.members import Candidate, MemberDraft, Origin
from app.domain.search import Backend
from app.ports import CollectionStore, CurveStore, FaceStore, MemberStore
from app.store.index.keeper import Options
from app.store.index.open import Search, open_search
from app.store.open import open_store
from app.store.pool import open_pool
from app.store.seal import Seal
from tests.fakes.store import FakeCollectionStore, FakeCurveStore, FakeFaceStore, FakeMemberStore, World

DEFAULT = CollectionRef("default", "default")
STAFF = CollectionRef("default", "staff")
MODEL = Model("lite", "aa" * 32, 4, "MIT", commercial=True)
OTHER_MODEL = Model("heavy", "bb" * 32, 6, "non-commercial", commercial=False)
SEAL = Seal([bytes(32)])
BOX = Box(0.25, 0.125, 0.5, 0.625)


class Stores:
    """The four stores of one world, and the short way to enrol."""

    def __init__(
        self, faces: FaceStore, members: MemberStore, collections: CollectionStore, curves: CurveStore
    ) -> None:
        self.faces = faces
        self.members = members
        self.collections = collections
        self.curves = curves

    async def enrol(
        self, member_id: str, vector: str, *, into: CollectionRef = STAFF, model: Model = MODEL, replace: bool = False
    ) -> str:
        """Keep the face that points along `vector`, e.g. «1 0 0 0»; the same words are the same picture."""
        origin = Origin(sha256(vector.encode()).hexdigest(), "upload")
        return await self.faces.keep(into, MemberDraft(member_id), face(vector), origin, model, replace=replace)

    async def found(self, vector: str, *, limit: int = 10, ref: CollectionRef = STAFF, model: Model = MODEL) -> str:
        """Who is nearest, as a line: «ann 1.00, bob 0.60»."""
        (candidates,) = await self.faces.nearest(ref, [probe(vector)], model, limit)
        return ", ".join(f"{candidate.member_id} {candidate.similarity:.2f}" for candidate in candidates)


def probe(vector: str) -> Embedding:
    return unit(np.array([float(word) for word in vector.split()]))


def face(vector: str) -> EmbeddedFace:
    landmarks = np.linspace(0.25, 0.75, 10, dtype=np.float32).reshape(5, 2)
    found = DetectedFace(BOX, landmarks, 0.875)
    quality = Quality(0.75, (Flaw.DARK,))
    return EmbeddedFace(AlignedFace(found, np.zeros((112, 112, 3), np.uint8), quality, Pose(0, 0, 0)), probe(vector))


@asynccontextmanager
async def postgres_stores(database_url: str) -> AsyncIterator[Stores]:
    with psycopg.connect(database_url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        conn.execute("insert into face.tenant (tenant_id) values ('neighbour') on conflict do nothing")
    async with open_store(database_url, pool_size=4, timeout=5) as store:
        yield Stores(store.faces, store.members, store.collections, store.curves)


class Followed:
    """A store whose collections each have an index from their first face on: all later ones reach it as changes."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._met: set[CollectionRef] = set()

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
        face_id = await self._search.faces.keep(ref, member, face, origin, model, replace=replace)
        if ref not in self._met:
            self._met.add(ref)
            await self._search.refresh()
        return face_id

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        return await self._search.faces.nearest(ref, probes, model, limit)

    async def best_of(self, ref: CollectionRef, member_id: str, probe: Embedding, model: Model) -> float:
        return await self._search.faces.best_of(ref, member_id, probe, model)

    async def size(self, ref: CollectionRef) -> int:
        return await self._search.faces.size(ref)


@asynccontextmanager
async def indexed_stores(database_url: str, folder: Path) -> AsyncIterator[Stores]:
    options = Options(Backend.FAISS, folder, least=1)
    async with (
        postgres_stores(database_url) as stores,
        open_pool(database_url, size=4, timeout=5) as pool,
        open_search(pool, stores.faces, options, sampled=0, keep=False) as search,
    ):
        yield Stores(Followed(search), stores.members, stores.collections, stores.curves)


def fake_stores() -> Stores:
    world = World()
    return Stores(FakeFaceStore(world), FakeMemberStore(world), FakeCollectionStore(world), FakeCurveStore(world))
