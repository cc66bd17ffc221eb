"""Real photos, and the same photos spoilt: what is good scores well, and what is bad is called by its name."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.domain.faces import AlignedFace, Flaw, Pixels
from app.vision.decode import Limits, decode
from app.vision.engine import Engine
from tests.conftest import Lfw

GATE = 0.3
PEOPLE = 24


def png(pixels: Pixels) -> bytes:
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", compress_level=1)
    return file.getvalue()


@pytest.fixture(scope="module")
def photos(lfw: Lfw) -> list[Pixels]:
    people = lfw.people()[:: len(lfw.people()) // PEOPLE][:PEOPLE]
    return [decode(lfw.photo(person), Limits(10**7, 10**7)) for person in people]


async def largest(engine: Engine, photos: list[Pixels]) -> list[AlignedFace]:
    pictures = [await engine.see(png(photo)) for photo in photos]
    return [picture.faces[0] for picture in pictures if picture.faces]


async def test_press_photos_score_well(engine: Engine, photos: list[Pixels]) -> None:
    faces = await largest(engine, photos)

    scores = [face.quality.score for face in faces]
    assert len(faces) == PEOPLE
    assert float(np.mean([score > 0.5 for score in scores])) >= 0.95
    assert float(np.median(scores)) > 0.9
    assert sum(not face.quality.reasons for face in faces) >= PEOPLE - 1


@pytest.mark.parametrize(
    ("name", "part"), [("friends_6faces.jpg", 0.6), ("group-1.jpg", 1), ("solvay1927.jpg", 0.9), ("11.jpg", 0.8)]
)
async def test_most_faces_of_a_group_photo_score_well(engine: Engine, images: Path, name: str, part: float) -> None:
    picture = await engine.see((images / "groups" / name).read_bytes())

    good = [face.quality.score > 0.5 for face in picture.faces]

    assert sum(good) >= part * len(good)


SPOILT: dict[Flaw, Callable[[Pixels], Pixels]] = {
    Flaw.BLURRED: lambda photo: cv2.GaussianBlur(photo, (0, 0), 5).astype(np.uint8),
    Flaw.DARK: lambda photo: (photo * 0.15).astype(np.uint8),
    Flaw.OVEREXPOSED: lambda photo: np.clip(photo * 3.0, 0, 255).astype(np.uint8),
    Flaw.SMALL_FACE: lambda photo: cv2.resize(photo, (50, 50), interpolation=cv2.INTER_AREA).astype(np.uint8),
}


@pytest.mark.parametrize("flaw", SPOILT)
async def test_a_spoilt_photo_is_called_by_its_flaw(engine: Engine, photos: list[Pixels], flaw: Flaw) -> None:
    faces = await largest(engine, [SPOILT[flaw](photo) for photo in photos])

    named = [flaw in face.quality.reasons for face in faces]
    assert sum(named) >= 0.8 * len(named) > 0
    assert float(np.median([face.quality.score for face in faces])) < GATE


async def test_less_light_and_more_blur_never_raise_the_score(engine: Engine, photos: list[Pixels]) -> None:
    for spoil in (SPOILT[Flaw.BLURRED], SPOILT[Flaw.DARK]):
        good, bad = await largest(engine, photos[:6]), await largest(engine, [spoil(photo) for photo in photos[:6]])
        assert all(worse.quality.score <= better.quality.score for better, worse in zip(good, bad, strict=True))


async def test_a_profile_is_called_an_extreme_pose(engine: Engine, images: Path) -> None:
    picture = await engine.see((images / "groups" / "friends_6faces.jpg").read_bytes())

    turned = [face for face in picture.faces if Flaw.EXTREME_POSE in face.quality.reasons]

    assert len(turned) == 1
    assert abs(turned[0].pose.yaw) > 55
    assert turned[0].quality.score < 0.5


async def test_a_face_cut_in_half_is_called_cut_off_and_a_tight_crop_is_not(
    engine: Engine, photos: list[Pixels]
) -> None:
    halves, crops = [], []
    for photo in photos:
        box = (await engine.see(png(photo))).faces[0].found.box
        left, top, right, bottom = np.clip(
            np.array([box.left, box.top, box.left + box.width, box.top + box.height]) * 250, 0, 250
        ).astype(int)
        halves.append(photo[:, (left + right) // 2 :])
        crops.append(photo[top:bottom, left:right])

    cut, tight = await largest(engine, halves), await largest(engine, crops)

    assert sum(Flaw.CUT_OFF in face.quality.reasons for face in cut) > 0.6 * len(cut) > 5
    assert not [face for face in tight if Flaw.CUT_OFF in face.quality.reasons]
    assert len(tight) == PEOPLE


async def test_a_mirrored_photo_turns_the_yaw_about_and_a_turned_one_rolls(
    engine: Engine, photos: list[Pixels]
) -> None:
    straight = await largest(engine, photos)
    mirrored = await largest(engine, [photo[:, ::-1] for photo in photos])
    turn = cv2.getRotationMatrix2D((125, 125), -20, 1)  # clockwise
    rolled = await largest(engine, [cv2.warpAffine(photo, turn, (250, 250)).astype(np.uint8) for photo in photos])

    assert np.median([abs(a.pose.yaw + b.pose.yaw) for a, b in zip(straight, mirrored, strict=True)]) < 8
    assert np.median([b.pose.roll - a.pose.roll for a, b in zip(straight, rolled, strict=True)]) == pytest.approx(
        20, abs=3
    )


async def test_every_measure_lies_between_zero_and_one(engine: Engine, images: Path) -> None:
    picture = await engine.see((images / "groups" / "1.jpg").read_bytes())

    for face in picture.faces:
        quality = face.quality
        assert all(0 <= value <= 1 for value in (quality.score, quality.sharpness, quality.brightness))
        assert 15 < quality.size < 40
        assert Flaw.SMALL_FACE in quality.reasons
