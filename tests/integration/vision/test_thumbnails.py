"""Photos and faces made small: upright, without metadata, as large as was asked for and no larger."""

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.domain.errors import ImageTooLarge, ImageUnreadable, Overloaded
from app.domain.faces import Box
from app.vision import thumbnails
from app.vision.decode import Limits
from app.vision.engine import Engine
from app.vision.thumbnails import JpegThumbnails, open_thumbnails

LIMITS = Limits(15_000_000, 50_000_000)


@pytest.fixture
def small() -> Iterator[JpegThumbnails]:
    with open_thumbnails(LIMITS) as made:
        yield made


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg))


def quarters(width: int, height: int) -> bytes:
    """A JPEG that is red, green, blue and white by quarters."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    pixels[: height // 2, width // 2 :] = (0, 255, 0)
    pixels[height // 2 :, : width // 2] = (0, 0, 255)
    pixels[height // 2 :, width // 2 :] = 255
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1])


def colour(image: Image.Image, x: float, y: float) -> str:
    found = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(found, tuple)
    return "".join(name for name, value in zip("rgb", found, strict=True) if value > 128)


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (600, 400)])
async def test_a_photo_has_the_longer_side_that_was_asked_for(small: JpegThumbnails, width: int, height: int) -> None:
    image = opened(await small.whole(quarters(width, height), 320))

    assert (image.format, image.size) == ("JPEG", (320, 320 * height // width))
    assert [colour(image, x, y) for y in (0.2, 0.8) for x in (0.2, 0.8)] == ["r", "g", "b", "rgb"]


async def test_a_small_photo_is_not_enlarged(small: JpegThumbnails) -> None:
    assert opened(await small.whole(quarters(80, 40), 320)).size == (80, 40)


async def test_a_photo_is_turned_upright_and_loses_its_metadata(small: JpegThumbnails, images: Path) -> None:
    turned, straight = (images / "hard" / name for name in ("hopper_orientation_6.jpg", "hopper.jpg"))

    image, expected = [opened(await small.whole(file.read_bytes(), 128)) for file in (turned, straight)]

    assert dict(image.getexif()) == {}
    assert image.size == expected.size
    assert np.abs(np.asarray(image, dtype=float) - np.asarray(expected, dtype=float)).mean() < 12


@pytest.mark.parametrize("name", ["friends_6faces.jpg", "solvay1927.jpg"])
async def test_the_face_that_was_found_is_in_its_crop(
    small: JpegThumbnails, engine: Engine, images: Path, name: str
) -> None:
    photo = (images / "groups" / name).read_bytes()
    picture = await engine.see(photo)

    for face in picture.faces[:3]:
        crop = await small.face(photo, face.found.box, 160)

        again = await engine.see(crop)
        assert max(opened(crop).size) <= 160
        (first,), (second,) = await engine.embed([face]), await engine.embed(again.faces[:1])
        assert float(first.embedding @ second.embedding) > 0.6


async def test_a_large_photo_is_reduced_no_further_than_the_face_allows(small: JpegThumbnails) -> None:
    image = opened(await small.face(quarters(4000, 3000), Box(0.45, 0.45, 0.1, 0.1), 160))

    assert image.size == (160, 160)
    assert [colour(image, x, y) for y in (0.2, 0.8) for x in (0.2, 0.8)] == ["r", "g", "b", "rgb"]


@pytest.mark.parametrize("box", [Box(-0.2, -0.2, 0.3, 0.3), Box(0.95, 0.95, 0.2, 0.2), Box(1.5, 1.5, 0.1, 0.1)])
async def test_a_face_at_the_border_is_shown_as_far_as_the_photo_goes(small: JpegThumbnails, box: Box) -> None:
    image = opened(await small.face(quarters(600, 400), box, 160))

    assert min(image.size) >= 1
    assert max(image.size) <= 160


async def test_what_cannot_be_read_is_refused(small: JpegThumbnails) -> None:
    with pytest.raises(ImageUnreadable):
        await small.whole(b"no picture", 320)
    with pytest.raises(ImageUnreadable):
        await small.face(quarters(600, 400)[:2000], Box(0, 0, 1, 1), 320)
    with open_thumbnails(Limits(1000, 1000)) as strict, pytest.raises(ImageTooLarge):
        await strict.whole(quarters(600, 400), 320)


async def test_more_photos_than_there_is_room_for_are_refused_and_the_room_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbnails, "WAITING", 20_000_000)
    photo = quarters(4000, 3000)

    with open_thumbnails(LIMITS) as narrow:
        answers = await asyncio.gather(*(narrow.whole(photo, 320) for _ in range(4)), return_exceptions=True)
        later = await narrow.whole(photo, 320)

    assert {type(answer) for answer in answers} == {bytes, Overloaded}
    assert opened(later).size == (320, 240)
