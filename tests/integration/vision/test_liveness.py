"""Liveness by the real models on real photographs, and by a stand-in for the addon that is not here."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from insightface.addons.liveness import Liveness

from app.domain.errors import ModelUnavailable
from app.domain.matching import subjects
from app.vision.decode import Limits, decode
from app.vision.engine import Engine
from app.vision.liveness import LivenessChecker
from app.vision.models.catalogue import liveness_entry
from app.vision.models.liveness import LivenessPack, choose
from tests.conftest import Lfw
from tests.integration.onnx_files import mean_of_red

LIMITS = Limits(20_000_000, 50_000_000)


@pytest.fixture(scope="session")
def checker(engine: Engine, model_root: Path) -> LivenessChecker:
    pack = choose([model_root], model_root, "minifasnet")
    assert pack
    return LivenessChecker(engine, pack, LIMITS)


def addon(file: Path) -> LivenessPack:
    return LivenessPack("addon", {"aligned": file}, "", commercial=False, threshold=0.8)


async def scores(checker: LivenessChecker, engine: Engine, pictures: Sequence[bytes]) -> list[float]:
    """Of the face that each is of."""
    found = []
    for picture in pictures:
        faces = subjects((await engine.see(picture)).faces)
        found += await checker.scores(picture, faces)
    return found


async def test_a_live_face_and_a_picture_of_one_are_told_apart(
    checker: LivenessChecker, engine: Engine, images: Path
) -> None:
    pictures = [(images / "groups" / f"image_{kind}1.jpg").read_bytes() for kind in "TF"]

    live, fake = await scores(checker, engine, pictures)

    assert live > 0.99
    assert fake < 0.5


async def test_press_photographs_pass_for_live(checker: LivenessChecker, engine: Engine, lfw: Lfw) -> None:
    people = islice(lfw.people(), 0, 4000, 50)

    found = await scores(checker, engine, [lfw.photo(person) for person in people])

    assert len(found) >= 75
    assert np.mean(np.array(found) >= 0.5) > 0.8  # docs/liveness.md: 0.90 of 1,000
    assert np.median(found) > 0.9


async def test_faces_of_one_picture_are_scored_as_each_would_be_alone(
    checker: LivenessChecker, engine: Engine, images: Path
) -> None:
    picture = (images / "groups" / "friends_6faces.jpg").read_bytes()
    faces = (await engine.see(picture)).faces

    together = await checker.scores(picture, faces)

    assert together == [score for face in faces for score in await checker.scores(picture, [face])]
    assert len(together) == 6
    assert all(0 <= score <= 1 for score in together)


async def test_the_addon_is_shown_what_insightface_shows_it(engine: Engine, images: Path, tmp_path: Path) -> None:
    file = mean_of_red(tmp_path / "liveness.onnx", 80)
    picture = (images / "hard" / "hopper.jpg").read_bytes()
    [face] = (await engine.see(picture)).faces
    pixels = decode(picture, LIMITS)

    [score] = await LivenessChecker(engine, addon(file), LIMITS).scores(picture, [face])

    there = face.found.landmarks * np.array(pixels.shape[1::-1], np.float32)
    theirs = Liveness(file, providers=["CPUExecutionProvider"]).predict(pixels[..., ::-1], there)
    assert score == pytest.approx(theirs["live_score"], abs=0.002)


def test_a_model_of_another_size_is_refused(engine: Engine, tmp_path: Path) -> None:
    file = mean_of_red(tmp_path / "liveness.onnx", 112)

    with pytest.raises(ModelUnavailable, match="3 × 80 × 80"):
        LivenessChecker(engine, addon(file), LIMITS)


def test_the_real_files_have_the_hashes_of_the_catalogue(model_root: Path) -> None:
    known, found = liveness_entry("minifasnet"), choose([model_root], model_root)

    assert known
    assert found
    assert (found.name, found.licence, found.threshold) == ("minifasnet", "Apache-2.0", 0.5)
    assert all(found.files[file.role].stat().st_size == file.bytes for file in known.files)
