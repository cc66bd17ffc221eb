"""Pictures through the whole engine, on real models."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import ImageTooLarge, ImageUnreadable, ModelUnavailable, Overloaded, UnusableFace
from app.domain.faces import Embedding, ReadyFace, cosine
from app.domain.matching import subject, subjects
from app.vision.decode import Limits, decode
from app.vision.engine import WAITING_PER_THREAD, Engine, EngineOptions, open_engine
from app.vision.models.pack import Pack
from app.vision.room import EACH
from tests.conftest import Lfw

KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF")


async def embedding(engine: Engine, image: bytes) -> Embedding:
    """The embedding of a picture's largest face."""
    picture = await engine.see(image)
    return (await engine.embed(picture.faces[:1]))[0].embedding


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def friends(images: Path) -> bytes:
    return (images / "groups" / "friends_6faces.jpg").read_bytes()


async def test_a_picture_says_its_size_its_digest_and_its_faces_largest_first(engine: Engine, images: Path) -> None:
    content = friends(images)

    picture = await engine.see(content)

    assert (picture.width, picture.height) == (1280, 886)
    assert picture.digest == sha256(content).hexdigest()
    assert len(picture.faces) == 6
    areas = [face.found.box.area for face in picture.faces]
    assert areas == sorted(areas, reverse=True)
    for face in picture.faces:
        assert face.crop.shape == (112, 112, 3)
        assert face.found.landmarks.shape == (5, 2)
        assert (face.found.landmarks > 0).all()
        assert (face.found.landmarks < 1).all()


async def test_the_engine_says_what_it_runs(engine: Engine, pack: Callable[[str], Pack]) -> None:
    digest = pack("scrfd_mobilefacenet").recogniser_sha256

    assert (engine.model.name, engine.model.dimensions) == ("scrfd_mobilefacenet", 128)
    assert engine.model.recogniser_sha256 == digest
    assert (engine.provider, engine.detector, engine.recogniser) == ("cpu", "SCRFD", "mobilefacenet")


async def test_embeddings_have_length_one_and_the_models_size(engine: Engine, quantised: Engine, images: Path) -> None:
    for each, size in ((engine, 128), (quantised, 512)):
        vector = await embedding(each, friends(images))
        assert vector.shape == (size,)
        assert vector.dtype == np.float32
        assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


async def test_no_faces_give_no_embeddings(engine: Engine) -> None:
    assert await engine.embed([]) == []


@pytest.mark.parametrize("name", ["pug.heic", "dispose_bgnd.gif", "i_trns.png"])
async def test_a_picture_without_a_face_has_none(engine: Engine, images: Path, name: str) -> None:
    picture = await engine.see((images / "hard" / name).read_bytes())

    assert picture.faces == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (40_000, 8)])
async def test_pictures_of_odd_shapes_have_no_face(engine: Engine, size: tuple[int, int]) -> None:
    picture = await engine.see(written(Image.new("RGB", size, "gray"), "PNG"))

    assert (picture.width, picture.height) == size
    assert picture.faces == ()


@pytest.mark.parametrize("orientation", range(2, 9))
async def test_every_orientation_shows_the_same_upright_face(engine: Engine, images: Path, orientation: int) -> None:
    reference = await engine.see((images / "hard" / "hopper_orientation_2.jpg").read_bytes())

    picture = await engine.see((images / "hard" / f"hopper_orientation_{orientation}.jpg").read_bytes())

    assert len(picture.faces) == 1
    assert abs(picture.faces[0].pose.roll) < 20
    a, b = await engine.embed([reference.faces[0], picture.faces[0]])
    assert cosine(a.embedding, b.embedding) > 0.95


async def test_the_sixth_orientation_has_a_face_only_once_it_is_turned(engine: Engine, images: Path) -> None:
    content = (images / "hard" / "hopper_orientation_6.jpg").read_bytes()
    with Image.open(BytesIO(content)) as image:
        lying = written(image.convert("RGB"), "PNG")

    upright = await engine.see(content)
    unturned = await engine.see(lying)

    assert len(upright.faces) == 1
    assert not [face for face in unturned.faces if abs(face.pose.roll) < 45]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_format_gives_the_same_face(engine: Engine, lfw: Lfw, kind: str) -> None:
    original = lfw.photo("Serena_Williams", 3)
    with Image.open(BytesIO(original)) as image:
        content = written(image, kind)

    assert cosine(await embedding(engine, original), await embedding(engine, content)) > 0.9


@pytest.mark.parametrize(
    ("mode", "kind", "least"),
    [("P", "PNG", 0.85), ("L", "PNG", 0.7), ("L", "JPEG", 0.7), ("RGBA", "WEBP", 0.9), ("CMYK", "JPEG", 0.9)],
)
async def test_every_colour_mode_gives_the_same_face(
    engine: Engine, lfw: Lfw, mode: str, kind: str, least: float
) -> None:
    original = lfw.photo("Serena_Williams", 3)
    with Image.open(BytesIO(original)) as image:
        content = written(image.convert(mode), kind)

    assert cosine(await embedding(engine, original), await embedding(engine, content)) > least


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("truncated_jpeg.jpg", ImageUnreadable),
        ("truncated_image.png", ImageUnreadable),
        ("truncated.heic", ImageUnreadable),
        ("corrupted.heic", ImageUnreadable),
        ("decompression_bomb.gif", ImageTooLarge),
    ],
)
async def test_bad_files_are_refused_at_once(engine: Engine, images: Path, name: str, error: type[Exception]) -> None:
    content, began = (images / "hard" / name).read_bytes(), perf_counter()

    with pytest.raises(error):
        await engine.see(content)

    assert perf_counter() - began < 1


async def test_yunet_finds_the_same_six_friends(engine: Engine, yunet: Engine, images: Path) -> None:
    ours, theirs = await engine.see(friends(images)), await yunet.see(friends(images))

    assert len(theirs.faces) == 6
    a = [face.embedding for face in await engine.embed(ours.faces)]
    b = [face.embedding for face in await yunet.embed(theirs.faces)]
    likeness = np.array(a) @ np.array(b).T
    assert sorted(likeness.argmax(axis=1)) == [0, 1, 2, 3, 4, 5]
    assert float(np.median(likeness.max(axis=1))) > 0.7


@pytest.mark.parametrize("which", ["engine", "yunet"])
async def test_a_face_that_fills_the_picture_is_found(which: str, lfw: Lfw, request: pytest.FixtureRequest) -> None:
    each: Engine = request.getfixturevalue(which)
    people, alike = lfw.people(2)[::100], []

    for person in people:
        whole = await each.see(lfw.photo(person))
        box, pixels = whole.faces[0].found.box, decode(lfw.photo(person), Limits(10**7, 10**7))
        rows, columns = slice(*edges(box.top, box.height)), slice(*edges(box.left, box.width))
        tight = await each.see(written(Image.fromarray(np.ascontiguousarray(pixels[rows, columns])), "PNG"))
        aligned = await each.see(written(Image.fromarray(whole.faces[0].crop), "PNG"))
        assert len(tight.faces) == 1, person
        assert aligned.faces, person
        a, b = await each.embed([whole.faces[0], tight.faces[0]])
        alike.append(cosine(a.embedding, b.embedding))

    assert len(alike) == len(people) > 10
    assert float(np.median(alike)) > 0.85


def edges(start: float, length: float, size: int = 250) -> tuple[int, int]:
    return max(0, round(start * size)), min(size, round((start + length) * size))


@pytest.mark.parametrize("which", ["engine", "quantised"])
async def test_an_embedding_is_the_same_alone_and_in_company(
    which: str, images: Path, request: pytest.FixtureRequest
) -> None:
    each: Engine = request.getfixturevalue(which)
    picture = await each.see((images / "groups" / "group-1.jpg").read_bytes())

    together = await each.embed(picture.faces)

    for face, embedded in zip(picture.faces, together, strict=True):
        alone = (await each.embed([face]))[0]
        assert embedded.aligned is face
        assert np.array_equal(alone.embedding, embedded.embedding)


async def test_two_photos_of_one_person_are_alike_and_of_two_are_not(engine: Engine, lfw: Lfw) -> None:
    serena = [await embedding(engine, lfw.photo("Serena_Williams", number)) for number in (3, 4)]
    other = await embedding(engine, lfw.photo("Tony_Blair", 2))

    assert cosine(*serena) > 0.45
    assert cosine(serena[0], other) < 0.3


async def test_faces_that_will_be_wanted_are_embedded_at_once_and_alike(engine: Engine, images: Path) -> None:
    plain = await engine.see(friends(images))
    expected = await engine.embed(plain.faces)

    picture = await engine.see(friends(images), subjects)
    busy = await asyncio.gather(*(engine.see(friends(images), lambda faces: faces[:4]) for _ in range(4)))

    ready = [isinstance(face, ReadyFace) for face in picture.faces]
    assert ready == [face is subject(plain.faces) for face in plain.faces]
    assert all(isinstance(face, ReadyFace) for face in busy[0].faces[:4])
    assert not any(isinstance(face, ReadyFace) for face in busy[0].faces[4:])
    for seen in (picture, *busy):
        found = await engine.embed(seen.faces)
        assert all(np.array_equal(a.embedding, b.embedding) for a, b in zip(found, expected, strict=True))


async def test_a_picture_of_nobody_is_seen_whatever_is_wanted(engine: Engine) -> None:
    picture = await engine.see(written(Image.new("RGB", (64, 64), "gray"), "PNG"), subjects)

    assert picture.faces == ()


async def test_64_pictures_at_once_each_get_their_own_answer(engine: Engine, lfw: Lfw) -> None:
    photos = [lfw.photo(person) for person in lfw.people()[:64]]
    one_by_one = [await embedding(engine, photo) for photo in photos]

    at_once = await asyncio.gather(*(embedding(engine, photo) for photo in photos))

    assert all(np.array_equal(a, b) for a, b in zip(one_by_one, at_once, strict=True))


async def test_the_event_loop_goes_on_while_pictures_are_seen(engine: Engine, images: Path) -> None:
    work = asyncio.gather(*(engine.see(friends(images)) for _ in range(8)))
    pauses = []

    while not work.done():
        began = perf_counter()
        await asyncio.sleep(0.005)
        pauses.append(perf_counter() - began)

    assert len(await work) == 8
    assert len(pauses) > 5
    assert sorted(pauses)[len(pauses) // 2] < 0.05


async def test_more_pictures_than_may_wait_are_turned_away(pack: Callable[[str], Pack]) -> None:
    crowded = open_engine(pack("scrfd_mobilefacenet"), EngineOptions("cpu"))
    large = written(Image.new("RGB", (7000, 7000), "gray"), "JPEG")
    places = WAITING_PER_THREAD // (7000 * 7000 + EACH)

    answers = await asyncio.gather(*(crowded.see(large) for _ in range(places + 3)), return_exceptions=True)
    later = await crowded.see(large)
    crowded.close()

    assert sum(isinstance(answer, Overloaded) for answer in answers) == 3
    assert (later.width, later.height) == (7000, 7000)


async def test_a_caller_who_leaves_frees_the_place_and_breaks_nothing(
    pack: Callable[[str], Pack], images: Path
) -> None:
    crowded = open_engine(pack("scrfd_mobilefacenet"), EngineOptions(threads=1))

    for _ in range(3):
        tasks = [asyncio.create_task(crowded.see(friends(images))) for _ in range(80)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
    picture = await crowded.see(friends(images))
    crowded.close()

    assert len(picture.faces) == 6


async def test_a_closed_engine_says_so(pack: Callable[[str], Pack], images: Path) -> None:
    closed = open_engine(pack("scrfd_mobilefacenet"), EngineOptions())
    picture = await closed.see(friends(images))
    closed.close()

    with pytest.raises(ModelUnavailable, match="closed"):
        await closed.see(friends(images))
    with pytest.raises(ModelUnavailable, match="closed"):
        await closed.embed(picture.faces)


async def test_the_limits_are_the_options(pack: Callable[[str], Pack], images: Path) -> None:
    strict = open_engine(pack("scrfd_mobilefacenet"), EngineOptions(max_pixels=1_000_000, max_bytes=200_000))

    with pytest.raises(ImageTooLarge, match="1280 × 886"):
        await strict.see(friends(images))
    with pytest.raises(ImageTooLarge, match="200000"):
        await strict.see((images / "groups" / "group-1.jpg").read_bytes())
    strict.close()


async def test_a_pack_whose_files_are_swapped_is_refused(pack: Callable[[str], Pack]) -> None:
    right = pack("scrfd_mobilefacenet")
    swapped = Pack("swapped", right.folder, right.recogniser, right.detector, "0" * 64, "none", commercial=False)

    with pytest.raises(ModelUnavailable):
        open_engine(swapped, EngineOptions())


async def test_a_smaller_detection_size_still_finds_large_faces(pack: Callable[[str], Pack], images: Path) -> None:
    small = open_engine(pack("scrfd_mobilefacenet"), EngineOptions(detection_size=320))

    picture = await small.see(friends(images))
    small.close()

    assert len(picture.faces) == 6


@pytest.mark.parametrize("scale", [1, 3, 5])
async def test_a_face_of_any_size_that_fills_the_picture_is_found(engine: Engine, lfw: Lfw, scale: int) -> None:
    for person in lfw.people(2)[::200]:
        whole = await engine.see(lfw.photo(person))
        box, pixels = whole.faces[0].found.box, decode(lfw.photo(person), Limits(10**7, 10**7))
        rows, columns = slice(*edges(box.top, box.height)), slice(*edges(box.left, box.width))
        tight = Image.fromarray(np.ascontiguousarray(pixels[rows, columns]))
        enlarged = tight.resize((tight.width * scale, tight.height * scale))

        picture = await engine.see(written(enlarged, "PNG"))

        assert len(picture.faces) == 1, person


async def test_a_face_that_fills_the_picture_is_found_behind_a_small_one(engine: Engine, lfw: Lfw) -> None:
    whole = await engine.see(lfw.photo("Serena_Williams", 3))
    box = whole.faces[0].found.box
    with Image.open(BytesIO(lfw.photo("Serena_Williams", 3))) as image:
        edge = [*edges(box.left, box.width), *edges(box.top, box.height)]
        tight = image.crop((edge[0], edge[2], edge[1], edge[3])).resize((480, 620))
        poster = image.crop((edge[0], edge[2], edge[1], edge[3])).resize((40, 52))
    scene = Image.new("RGB", (640, 640), "white")
    scene.paste(tight, (0, 10))
    scene.paste(poster, (560, 40))

    picture = await engine.see(written(scene, "PNG"))

    assert len(picture.faces) == 2
    a, b = await engine.embed([whole.faces[0], picture.faces[0]])
    assert cosine(a.embedding, b.embedding) > 0.8


@pytest.mark.parametrize(("size", "least"), [((4000, 2769), 0.93), ((2600, 1800), 0.93)])
async def test_a_large_jpeg_gives_the_same_faces(
    engine: Engine, images: Path, size: tuple[int, int], least: float
) -> None:
    with Image.open(BytesIO(friends(images))) as image:
        large = written(image.resize(size, Image.Resampling.BICUBIC), "JPEG", quality=90)

    whole, reduced = await engine.see(friends(images)), await engine.see(large)

    assert (reduced.width, reduced.height) == size
    assert len(reduced.faces) == 6
    a = np.array([face.embedding for face in await engine.embed(whole.faces)])
    b = np.array([face.embedding for face in await engine.embed(reduced.faces)])
    assert float(np.median((a @ b.T).max(axis=1))) > least


async def test_small_faces_of_a_large_jpeg_are_cut_out_of_all_its_pixels(engine: Engine, images: Path) -> None:
    with Image.open(images / "groups" / "group-1.jpg") as image:
        scene = Image.new("RGB", (4000, 3000), "gray")
        scene.paste(image, (0, 0))
    large, plain = written(scene, "JPEG", quality=95), written(scene, "PNG", compress_level=1)

    reduced, whole = await engine.see(large), await engine.see(plain)

    assert len(reduced.faces) >= len(whole.faces) > 10
    a = [face.embedding for face in await engine.embed(reduced.faces)]
    b = [face.embedding for face in await engine.embed(whole.faces)]
    assert float(np.median((np.array(a) @ np.array(b).T).max(axis=0))) > 0.9


async def test_a_manifests_normalisation_is_heeded(pack: Callable[[str], Pack], images: Path) -> None:
    plain = pack("scrfd_mobilefacenet")
    wrong = replace(plain, normalisation={"detector": (127.5, 128.0), "recogniser": (127.5, 127.5)})
    told = replace(plain, normalisation={"detector": (127.5, 128.0), "recogniser": (0.0, 1.0)})

    vectors = []
    for each in (plain, told, wrong):
        opened = open_engine(each, EngineOptions("cpu"))
        vectors.append(await embedding(opened, friends(images)))
        opened.close()

    assert np.array_equal(vectors[0], vectors[1])
    assert cosine(vectors[0], vectors[2]) < 0.9


def test_a_vector_without_direction_is_an_unusable_face() -> None:
    from app.vision.embed import _unit  # noqa: PLC0415 - the one place where a model's answer meets the domain

    for vector in (np.zeros(128), np.full(128, np.nan), np.full(128, np.inf)):
        with pytest.raises(UnusableFace):
            _unit(vector.astype(np.float32))
