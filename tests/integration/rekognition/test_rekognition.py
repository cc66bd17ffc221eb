"""What is particular to AWS: it is busy, down, or says no; what it keeps is deleted, lost, and mended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest

from app.domain.collections import CollectionRef
from app.domain.errors import (
    ModelMismatch,
    NotOffered,
    RekognitionDenied,
    RekognitionDrifted,
    RekognitionRefused,
    RekognitionUnavailable,
)
from app.domain.faces import Age, Attributes, Box, Gender, Sex
from app.domain.images import FetchedImage, ImageRef
from app.domain.members import MemberDraft, Origin
from app.recognisers.rekognition import jpeg
from app.recognisers.rekognition.eye import LANDMARKS, Eye, FaceDetail
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.recognisers.rekognition.sync import Sync
from app.store.open import Store
from tests.conftest import Lfw
from tests.contract.stores import MODEL, face
from tests.fakes.hesitant import hesitant
from tests.integration.amazon import BUCKET, LIMITS, Second, rekognition

ANN, BOB = MemberDraft("ann", "Ann"), MemberDraft("bob", "Bob")
HERE = CollectionRef("default", "here")
Opened = tuple[RekognitionRecogniser, Store]


@pytest.fixture
def ann(lfw: Lfw) -> bytes:
    return lfw.photo("Venus_Williams", 1)


@pytest.fixture
def bob(lfw: Lfw) -> bytes:
    return lfw.photo("Pete_Sampras", 1)


@pytest.fixture
async def opened(database_url: str, second: Second) -> AsyncIterator[Opened]:
    async with rekognition(database_url, second) as opened:
        yield opened


async def enrol(
    recogniser: RekognitionRecogniser, image: bytes, member: MemberDraft = ANN, ref: CollectionRef = HERE
) -> str:
    picture = await recogniser.see(image)
    origin = Origin(picture.digest, "s3://photos/ann.jpg")
    return await recogniser.keep(ref, member, picture.faces[0], origin, replace=False)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - AWS tells nobody
            await asyncio.sleep(0.05)


async def remote_name(store: Store, ref: CollectionRef = HERE) -> str:
    name = await store.remote.name(ref)
    assert name
    return name


def faces_there(second: Second, name: str) -> set[str]:
    return {face["FaceId"] for face in second.client.list_faces(CollectionId=name)["Faces"]}


async def test_who_is_asked_too_often_is_asked_again(database_url: str, second: Second, ann: bytes) -> None:
    with hesitant(second.url) as proxy:
        async with rekognition(database_url, replace(second, url=proxy.url)) as (recogniser, _):
            proxy.refusals += ["ThrottlingException", "InternalServerError"]

            picture = await recogniser.see(ann)

        assert len(picture.faces) == 1
        assert proxy.asked == ["DetectFaces"] * 3


async def test_who_never_has_time_is_unavailable(database_url: str, second: Second, ann: bytes) -> None:
    with hesitant(second.url) as proxy:
        async with rekognition(database_url, replace(second, url=proxy.url), attempts=2) as (recogniser, _):
            proxy.refusals += ["ProvisionedThroughputExceededException"] * 2

            with pytest.raises(RekognitionUnavailable, match="ProvisionedThroughputExceeded"):
                await recogniser.see(ann)

            assert recogniser.amazon.trouble == "rekognition_unavailable"


async def test_aws_that_is_down_is_unavailable(database_url: str, second: Second, ann: bytes) -> None:
    nowhere = replace(second, url="http://127.0.0.1:9/")
    async with rekognition(database_url, nowhere, attempts=1) as (recogniser, _):
        with pytest.raises(RekognitionUnavailable):
            await recogniser.see(ann)
        with pytest.raises(RekognitionUnavailable):
            await recogniser.probe()


async def test_keys_that_ran_out_are_said_to_be_refused(database_url: str, second: Second, ann: bytes) -> None:
    with hesitant(second.url) as proxy:
        async with rekognition(database_url, replace(second, url=proxy.url)) as (recogniser, _):
            proxy.refusals += ["ExpiredTokenException"]

            with pytest.raises(RekognitionDenied, match="ExpiredTokenException"):
                await recogniser.see(ann)


async def test_a_wrong_secret_is_refused_by_the_service_itself(
    database_url: str, second: Second, ann: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not the secret at all")
    async with rekognition(database_url, second) as (recogniser, _):
        with pytest.raises(RekognitionDenied):
            await recogniser.see(ann)


async def test_no_keys_at_all_are_refused_too(
    database_url: str, second: Second, ann: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    async with rekognition(database_url, second) as (recogniser, _):
        with pytest.raises(RekognitionDenied, match="NoCredentialsError"):
            await recogniser.see(ann)


async def test_embeddings_are_not_offered(opened: Opened, ann: bytes) -> None:
    recogniser, _ = opened

    with pytest.raises(NotOffered):
        await recogniser.embed((await recogniser.see(ann)).faces)


async def test_ages_and_genders_are_asked_for_where_they_are_wanted(images: Path) -> None:
    """AWS's answer as its reference shows it: the second instance guesses neither."""
    eye = Eye(LIMITS, 1)
    sight = await eye.open((images / "groups/friends_6faces.jpg").read_bytes())
    landmarks = [{"Type": name, "X": 0.4 + n / 50, "Y": 0.4 + n / 50} for n, name in enumerate(LANDMARKS)]
    plain: FaceDetail = {
        "BoundingBox": {"Left": 0.3, "Top": 0.3, "Width": 0.2, "Height": 0.3},
        "Landmarks": landmarks,
        "Confidence": 99.9,
    }
    guessed = {"AgeRange": {"Low": 25, "High": 33}, "Gender": {"Value": "Female", "Confidence": 98.0}}

    [asked, other] = await eye.faces(sight, [plain | guessed, plain])
    eye.close()

    assert asked.attributes == Attributes(Age(29, 25, 33), Gender(Sex.FEMALE, 0.98))
    assert other.attributes == Attributes()


async def test_what_aws_says_is_in_the_answer(opened: Opened, ann: bytes) -> None:
    recogniser, _ = opened
    await enrol(recogniser, ann)
    [face] = (await recogniser.see(ann)).faces

    [[found]] = await recogniser.search(HERE, [face], 5)
    likeness = await recogniser.verify(HERE, "ann", face)

    assert found.raw_similarity == likeness.raw
    assert likeness.raw is not None
    assert likeness.raw > 99
    assert recogniser.scale.cosine(likeness.raw) == likeness.similarity


async def test_the_same_picture_is_not_paid_for_twice(opened: Opened, ann: bytes) -> None:
    recogniser, _ = opened
    first = await enrol(recogniser, ann)
    paid = recogniser.amazon.calls["index_faces"]

    assert await enrol(recogniser, ann) == first
    assert recogniser.amazon.calls["index_faces"] == paid == 1


async def test_a_collection_of_another_model_is_left_alone(opened: Opened, ann: bytes) -> None:
    recogniser, store = opened
    await store.faces.keep(HERE, BOB, face("1 0 0 0"), Origin("0" * 64, "upload"), MODEL, replace=False)

    with pytest.raises(ModelMismatch):
        await enrol(recogniser, ann)
    assert recogniser.amazon.calls["index_faces"] == 0


async def test_what_is_deleted_here_is_deleted_there(opened: Opened, second: Second, ann: bytes, bob: bytes) -> None:
    recogniser, store = opened
    gone, kept = await enrol(recogniser, ann), await enrol(recogniser, bob, BOB)
    await enrol(recogniser, bob, MemberDraft("eve"))
    name = await remote_name(store)
    assert len(faces_there(second, name)) == 3

    await store.members.delete_face(HERE, gone)
    await store.members.delete(HERE, "eve")

    await until(lambda: _are(second, name, 1))
    assert (await store.members.faces(HERE, "bob", "", 10)).items[0].face_id == kept


async def test_a_collection_that_is_deleted_here_is_deleted_there(opened: Opened, second: Second, ann: bytes) -> None:
    recogniser, store = opened
    await enrol(recogniser, ann)
    name = await remote_name(store)

    await store.collections.delete(HERE)
    await enrol(recogniser, ann)  # under another name there, whatever is swept away meanwhile

    await until(lambda: _is_gone(second, name))
    [[found]] = await recogniser.search(HERE, (await recogniser.see(ann)).faces, 5)
    assert found.member_id == "ann"
    assert await remote_name(store) != name


async def test_what_nobody_keeps_is_deleted_when_its_time_is_up(
    opened: Opened, second: Second, ann: bytes, database_url: str
) -> None:
    recogniser, store = opened
    await recogniser.ready(HERE, (await recogniser.see(ann)).faces)
    name = await remote_name(store)
    await enrol(recogniser, ann)
    assert len(faces_there(second, name)) == 2

    with psycopg.connect(database_url) as conn:
        conn.execute("update face.doomed_face set due_at = now()")

    await until(lambda: _are(second, name, 1))
    await recogniser.verify(HERE, "ann", (await recogniser.see(ann)).faces[0])


async def test_a_collection_that_aws_lost_is_not_answered_as_empty(opened: Opened, second: Second, ann: bytes) -> None:
    recogniser, store = opened
    await enrol(recogniser, ann)
    second.client.delete_collection(CollectionId=await remote_name(store))

    with pytest.raises(RekognitionDrifted):
        await recogniser.search(HERE, (await recogniser.see(ann)).faces, 1)
    with pytest.raises(RekognitionDrifted):
        await enrol(recogniser, ann, BOB)


async def test_an_empty_collection_that_aws_lost_is_made_again(opened: Opened, second: Second, ann: bytes) -> None:
    recogniser, store = opened
    face_id = await enrol(recogniser, ann)
    await store.members.delete_face(HERE, face_id)
    second.client.delete_collection(CollectionId=await remote_name(store))

    await enrol(recogniser, ann)

    assert (await recogniser.verify(HERE, "ann", (await recogniser.see(ann)).faces[0])).similarity > 0.8


class Photo:
    """Where the picture of a face is still to be had."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def read(self, ref: ImageRef) -> FetchedImage:
        return FetchedImage(self.content, "s3://photos/ann.jpg")


async def test_drift_is_found_and_mended(opened: Opened, second: Second, ann: bytes, bob: bytes) -> None:
    recogniser, store = opened
    await enrol(recogniser, ann)
    name = await remote_name(store)
    [lost] = faces_there(second, name)
    await enrol(recogniser, bob, BOB)
    second.client.delete_faces(CollectionId=name, FaceIds=[lost])
    orphan = second.client.index_faces(CollectionId=name, Image={"Bytes": bob})["FaceRecords"][0]["Face"]["FaceId"]
    sync = Sync(recogniser, Photo(ann))

    [found] = await sync.differences()
    mended = await sync.mend(found)
    [after] = await sync.differences()

    assert (found.orphans, len(found.lost), found.gone) == ((orphan,), 1, False)
    assert (mended.indexed, mended.left) == (1, {})
    assert (after.any, after.faces) == (False, 2)
    assert (await recogniser.verify(HERE, "ann", (await recogniser.see(ann)).faces[0])).similarity > 0.8


async def test_a_collection_that_is_gone_is_mended_as_far_as_pictures_go(
    opened: Opened, second: Second, ann: bytes, bob: bytes
) -> None:
    recogniser, store = opened
    await enrol(recogniser, ann)
    face_id = await enrol(recogniser, bob, BOB)
    second.client.delete_collection(CollectionId=await remote_name(store))
    sync = Sync(recogniser, Photo(ann))

    [found] = await sync.differences()
    mended = await sync.mend(found)

    assert (found.gone, len(found.lost)) == (True, 2)
    assert (mended.indexed, mended.left) == (1, {face_id: "source_changed"})


async def test_a_collection_of_our_prefix_that_we_do_not_know_is_told(opened: Opened, second: Second) -> None:
    recogniser, _ = opened
    name = f"{recogniser.remote.prefix}.default.other.0123456789ab"
    second.client.create_collection(CollectionId=name)

    assert await Sync(recogniser, Photo(b"")).strangers() == [name]


async def test_a_large_picture_goes_by_the_bucket_and_does_not_stay(
    database_url: str, second: Second, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = (images / "groups/friends_6faces.jpg").read_bytes()
    monkeypatch.setattr("app.recognisers.rekognition.recogniser.MOST_BYTES", 100_000)
    async with rekognition(database_url, second, BUCKET) as (recogniser, _):
        picture = await recogniser.see(photo)

        assert len(picture.faces) == 6
        assert [recogniser.amazon.calls[name] for name in ("put_object", "delete_object")] == [1, 1]
    assert "Contents" not in second.s3.s3.list_objects_v2(Bucket=BUCKET, Prefix="staging/")


async def test_a_bucket_that_is_not_there_is_said(
    database_url: str, second: Second, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = (images / "groups/friends_6faces.jpg").read_bytes()
    monkeypatch.setattr("app.recognisers.rekognition.recogniser.MOST_BYTES", 100_000)
    async with rekognition(database_url, second, "nowhere") as (recogniser, _):
        with pytest.raises(RekognitionRefused, match="NoSuchBucket"):
            await recogniser.see(photo)


def test_who_else_is_in_a_faces_picture_is_painted_over() -> None:
    pixels = np.full((400, 400, 3), 255, np.uint8)
    mine, other = Box(0.4, 0.4, 0.2, 0.2), Box(0.55, 0.3, 0.2, 0.2)

    cut = jpeg.face(pixels, mine, [other])

    shown = _decoded(cut)
    assert shown.shape[:2] == (200, 200)
    assert shown[100, 100].min() > 240
    assert abs(int(shown[60, 160, 0]) - jpeg.GREY) < 10


@pytest.mark.parametrize("size", [(20, 30), (90, 5000), (3000, 4000)])
def test_a_picture_of_any_size_fits(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)

    shown, small = _decoded(jpeg.whole(pixels, jpeg.MOST_BYTES)), jpeg.whole(pixels, 200_000)

    assert min(shown.shape[:2]) >= jpeg.SHORTEST
    assert max(shown.shape[:2]) <= jpeg.LONGEST
    assert len(small) <= 200_000


def _decoded(content: bytes) -> np.ndarray:
    import cv2  # noqa: PLC0415

    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR))


async def _are(second: Second, name: str, count: int) -> bool:
    return len(await asyncio.to_thread(faces_there, second, name)) == count


async def _is_gone(second: Second, name: str) -> bool:
    return name not in second.client.list_collections()["CollectionIds"]
