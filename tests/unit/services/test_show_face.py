"""A kept face is shown from where it came from, or not at all."""

from hashlib import sha256

import pytest

from app.domain.collections import CollectionRef
from app.domain.errors import FaceNotFound, MemberNotFound, SourceChanged, SourceNotKept
from app.domain.faces import Box
from app.domain.items import Original
from app.domain.members import MemberDraft, Origin
from app.services.show_face import ShowFace
from tests.contract.stores import BOX, MODEL, face
from tests.fakes.source import FakeSource
from tests.fakes.store import FakeFaceStore, FakeMemberStore, World

HERE = CollectionRef("default", "staff")


class Drawn:
    """Thumbnails that say what they were asked for."""

    async def whole(self, photo: bytes, side: int) -> bytes:
        raise NotImplementedError

    async def face(self, photo: bytes, box: Box, side: int) -> bytes:
        return b"%s %d" % (photo, side) if box == BOX else b"another place"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def show(world: World) -> ShowFace:
    return ShowFace(FakeMemberStore(world), FakeSource(), Drawn())


async def enrol(world: World, vector: str, source: str) -> str:
    origin = Origin(sha256(b"ann").hexdigest() + vector, source)
    return await FakeFaceStore(world).keep(HERE, MemberDraft("1"), face(vector), origin, MODEL, replace=False)


async def test_it_is_cut_out_of_the_picture_that_is_fetched_again(show: ShowFace) -> None:
    original = Original("1", sha256(b"ann").hexdigest(), "https://x/ann", BOX)

    assert await show(original, 64) == b"ann 64"


async def test_another_picture_in_its_place_is_not_shown(show: ShowFace) -> None:
    with pytest.raises(SourceChanged):
        await show(Original("1", sha256(b"bob").hexdigest(), "https://x/ann", BOX), 64)


async def test_an_upload_cannot_be_shown(show: ShowFace) -> None:
    with pytest.raises(SourceNotKept):
        await show(Original("1", sha256(b"ann").hexdigest(), "upload", BOX), 64)


async def test_of_a_members_faces_the_first_that_can_be_had_again_is_shown(show: ShowFace, world: World) -> None:
    await enrol(world, "1 0 0 0", "upload")
    with pytest.raises(SourceNotKept):
        await show.of_member(HERE, "1")
    kept = await enrol(world, "0 1 0 0", "https://x/ann")

    assert await show.of_member(HERE, "1") == kept
    assert (await show.find(HERE, kept)).source == "https://x/ann"


async def test_what_is_not_there_is_told(show: ShowFace, world: World) -> None:
    await enrol(world, "1 0 0 0", "upload")

    with pytest.raises(MemberNotFound):
        await show.of_member(HERE, "nobody")
    with pytest.raises(FaceNotFound):
        await show.find(HERE, "00000000-0000-4000-8000-000000000000")
