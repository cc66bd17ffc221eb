"""A second recogniser is asked too: what it says is counted, and nobody waits for it or sees it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import psycopg
import pytest

from app.domain.collections import CollectionRef, FaceBackend
from app.domain.members import MemberDraft, Origin
from app.recognisers.local import LocalRecogniser
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.recognisers.shadow import LocalTwins, RemoteTwins, ShadowRecogniser
from app.store.open import Store
from app.vision.engine import Engine
from tests.conftest import Lfw
from tests.integration.amazon import Second, rekognition

HERE = CollectionRef("default", "here")
THRESHOLD = 0.4


@dataclass(frozen=True)
class Pair:
    recogniser: ShadowRecogniser
    aws: RekognitionRecogniser
    store: Store

    async def enrol(self, member_id: str, image: bytes) -> str:
        picture = await self.recogniser.see(image)
        origin = Origin(picture.digest, "upload")
        return await self.recogniser.keep(HERE, MemberDraft(member_id), picture.faces[0], origin, replace=False)

    async def ask(self, image: bytes) -> str:
        """Who it is, by the one who answers; once the other has been asked."""
        [[found]] = await self.recogniser.search(HERE, (await self.recogniser.see(image)).faces[:1], 1)
        await self.recogniser.settled()
        return found.member_id


@pytest.fixture(params=list(FaceBackend))
async def pair(
    request: pytest.FixtureRequest, database_url: str, second: Second, engine: Engine
) -> AsyncIterator[Pair]:
    """Either one as the shadow of the other."""
    async with rekognition(database_url, second, attempts=1) as (aws, store):
        local = LocalRecogniser(engine, store.faces)
        if request.param is FaceBackend.REKOGNITION:
            shadow = ShadowRecogniser(local, RemoteTwins(aws), request.param, store.twins, THRESHOLD)
        else:
            shadow = ShadowRecogniser(aws, LocalTwins(local, store.twins), request.param, store.twins, THRESHOLD)
        yield Pair(shadow, aws, store)
        await shadow.close()


@pytest.fixture
def ann(lfw: Lfw) -> bytes:
    return lfw.photo("Venus_Williams", 1)


@pytest.fixture
def bob(lfw: Lfw) -> bytes:
    return lfw.photo("Pete_Sampras", 1)


async def test_both_are_asked_and_agree(pair: Pair, ann: bytes, bob: bytes) -> None:
    await pair.enrol("ann", ann)
    await pair.enrol("bob", bob)

    assert await pair.ask(ann) == "ann"
    faces = [(await pair.recogniser.see(image)).faces[0] for image in (ann, bob)]
    alike = await pair.recogniser.compare(*faces)
    own = await pair.recogniser.verify(HERE, "bob", faces[1])
    other = await pair.recogniser.verify(HERE, "bob", faces[0])
    await pair.recogniser.settled()

    assert alike.similarity < THRESHOLD < own.similarity
    assert other.similarity < THRESHOLD
    said = pair.recogniser.state().answers
    assert said == {
        "enrol": {"agree": 2},
        "identify": {"agree": 1},
        "verify": {"agree": 2},
        "compare": {"agree": 1},
    }
    assert (await pair.store.collections.get(HERE)).faces == 2


async def test_what_is_kept_for_the_shadow_goes_with_the_face(
    pair: Pair, ann: bytes, database_url: str, second: Second
) -> None:
    face_id = await pair.enrol("ann", ann)
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from face.face").fetchone() == (2,)

        await pair.store.members.delete_face(HERE, face_id)

        assert conn.execute("select count(*) from face.face").fetchone() == (0,)


async def test_a_shadow_that_knows_less_differs(pair: Pair, ann: bytes, database_url: str) -> None:
    await pair.enrol("ann", ann)
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "delete from face.face f using face.collection c where c.name = f.collection and f.model_id <> c.model_id"
        )

    assert await pair.ask(ann) == "ann"

    assert pair.recogniser.state().answers["identify"] == {"differ": 1}


async def test_a_shadow_that_is_down_is_counted_and_not_felt(
    second: Second, database_url: str, engine: Engine, ann: bytes
) -> None:
    nowhere = replace(second, url="http://127.0.0.1:9/")
    async with rekognition(database_url, nowhere, attempts=1) as (aws, store):
        local = LocalRecogniser(engine, store.faces)
        shadow = ShadowRecogniser(local, RemoteTwins(aws), FaceBackend.REKOGNITION, store.twins, THRESHOLD)
        pair = Pair(shadow, aws, store)

        await pair.enrol("ann", ann)

        assert await pair.ask(ann) == "ann"
        assert shadow.state().answers == {"enrol": {"failed": 1}, "identify": {"failed": 1}}
