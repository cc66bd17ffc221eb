"""Groups are made when they are asked for, once for all who ask, and not again while nothing has changed."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from app.domain.errors import GalleryNotFound
from app.domain.galleries import GalleryRef
from app.domain.matching import Policy
from app.domain.unknown import Grouping
from app.services.gallery_basis import BasisOf
from app.services.group_faces import GroupFaces
from app.services.judge import Judge
from app.store.open import open_store
from app.store.pool import open_pool
from app.store.unknown import PgUnknownStore
from tests.contract.stores import MODEL
from tests.fakes.recogniser import FakeRecogniser
from tests.fakes.store import FakeCurveStore, World
from tests.integration.store.test_unknown import ANN, BASIS, BOB, DRAFT, REF, Gallery


class Counted(PgUnknownStore):
    """Counts how often groups were kept."""

    kept = 0

    async def keep(self, ref: GalleryRef, grouping: Grouping) -> None:
        self.kept += 1
        await super().keep(ref, grouping)


class SameModel(FakeRecogniser):
    """By whose model the faces of the gallery were embedded."""

    model = MODEL


@pytest.fixture
async def gallery(database_url: str) -> AsyncIterator[Gallery]:
    async with open_store(database_url, pool_size=4, timeout=5) as store:
        await store.galleries.put(REF, DRAFT)
        yield Gallery(store, database_url)


@pytest.fixture
async def counted(gallery: Gallery) -> AsyncIterator[Counted]:
    async with open_pool(gallery.url, size=4, timeout=5) as pool:
        yield Counted(pool)


@pytest.fixture
def group_faces(gallery: Gallery, counted: Counted) -> GroupFaces:
    recogniser = SameModel()
    judge = Judge(Policy(BASIS.threshold, BASIS.review_margin), recogniser, FakeCurveStore(World()), None)
    return GroupFaces(gallery.store.galleries, counted, judge, BasisOf(recogniser, judge), 0.3)


async def test_all_who_ask_at_once_wait_for_the_same_groups(
    gallery: Gallery, counted: Counted, group_faces: GroupFaces
) -> None:
    await gallery.process({"a.jpg": [ANN, BOB], "b.jpg": [ANN, BOB]})

    await asyncio.gather(*(group_faces(REF) for _ in range(5)))

    assert counted.kept == 1
    assert len(await gallery.ids()) == 2


async def test_nothing_is_grouped_again_while_nothing_has_changed(
    gallery: Gallery, counted: Counted, group_faces: GroupFaces
) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    await group_faces(REF)
    await group_faces(REF)
    before = counted.kept
    with psycopg.connect(gallery.url) as conn:
        conn.execute("update face.group_run set created_at = now() - interval '1 hour'")

    await group_faces(REF)
    await gallery.process({"c.jpg": [BOB]})
    await group_faces(REF)

    assert (before, counted.kept) == (1, 2)


async def test_groups_are_finished_though_whoever_asked_is_gone(
    gallery: Gallery, counted: Counted, group_faces: GroupFaces
) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    asking = asyncio.create_task(group_faces(REF))
    await asyncio.sleep(0)

    asking.cancel()
    await group_faces(REF)

    assert asking.cancelled()
    assert counted.kept == 1


async def test_a_gallery_that_is_not_there_has_no_groups(group_faces: GroupFaces) -> None:
    with pytest.raises(GalleryNotFound):
        await group_faces(GalleryRef("default", "other"))
