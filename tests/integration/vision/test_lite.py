"""The pack that comes with the service, on pictures that every machine has: no file of `../shared` is needed."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest

from app.domain.faces import EmbeddedFace, Picture, cosine
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.models.catalogue import entry
from app.vision.models.curves import curve
from app.vision.models.find import OWN, choose, folders, roots
from app.vision.models.verify import State, verify
from demo import portraits
from models.lite.train.split import held_out
from tests.conftest import Lfw

FOLDER = OWN / "models" / "lite"
PEOPLE = portraits.people()
COLLINS = PEOPLE["Eileen_Collins"]


@pytest.fixture(scope="module")
def lite() -> Iterator[Engine]:
    opened = open_engine(choose([OWN], "lite"), EngineOptions("cpu", threads=1))
    yield opened
    opened.close()


async def embedded(engine: Engine, image: bytes) -> tuple[Picture, list[EmbeddedFace]]:
    picture = await engine.see(image)
    return picture, await engine.embed(picture.faces)


def test_the_pack_is_here_whole_small_and_free() -> None:
    known = entry("lite")

    assert known
    assert {check.state for check in verify(known, FOLDER)} == {State.OK}
    assert [(FOLDER / file.name).stat().st_size for file in known.files] == [file.bytes for file in known.files]
    assert known.bytes <= 6_000_000
    assert known.commercial


def test_it_is_found_wherever_the_service_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    pack = choose(roots(None))

    assert (pack.name, pack.folder) == ("lite", FOLDER)
    assert folders(roots(None)) == {"lite": FOLDER}


def test_its_notice_says_that_it_is_for_trying_out_and_how_to_have_more() -> None:
    notice = choose([OWN], "lite").notice

    assert "trying out" in notice
    assert "python -m app models pull buffalo_l" in notice


def test_its_recogniser_has_a_curve() -> None:
    found = curve(choose([OWN], "lite").recogniser_sha256)

    assert found
    assert found.threshold(1e-2) < found.threshold(1e-4) < 0.9


def test_its_models_look_like_those_of_insightface() -> None:
    detector = onnxruntime.InferenceSession(FOLDER / "det_lite.onnx")
    recogniser = onnxruntime.InferenceSession(FOLDER / "rec_lite.onnx")

    found = detector.run(None, {"input": np.zeros((1, 3, 64, 96), np.float32)})
    vectors = recogniser.run(None, {"input": np.zeros((3, 3, 112, 112), np.float32)})

    anchors = [2 * (64 // stride) * (96 // stride) for stride in (8, 16, 32)]
    assert [each.shape for each in found] == [(count, numbers) for numbers in (1, 4, 10) for count in anchors]
    assert all((scores >= 0).all() and (scores <= 1).all() for scores in found[:3])
    assert [each.shape for each in vectors] == [(3, 128)]


async def test_one_face_is_found_where_it_is(lite: Engine) -> None:
    picture = await lite.see(COLLINS[0]())

    [face] = picture.faces
    left, right, nose, *_ = face.found.landmarks
    # Where YuNet sees the eyes and the tip of the nose.
    assert np.abs(left - [0.393, 0.205]).max() < 0.015
    assert np.abs(right - [0.479, 0.205]).max() < 0.015
    assert np.abs(nose - [0.431, 0.248]).max() < 0.015


async def test_six_people_are_known_in_other_pictures_and_told_apart(lite: Engine) -> None:
    found = [[(await embedded(lite, read()))[1][0] for read in photos] for photos in PEOPLE.values()]
    first, second = (np.array([pair[at].embedding for pair in found]) for at in (0, 1))

    similar = first @ second.T
    assert similar.argmax(axis=1).tolist() == list(range(len(PEOPLE)))
    assert np.diagonal(similar).min() > similar[~np.eye(len(PEOPLE), dtype=bool)].max()


async def test_a_picture_without_a_face_shows_none(lite: Engine) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (300, 400, 3), dtype=np.uint8)

    picture = await lite.see(cv2.imencode(".png", cv2.GaussianBlur(noise, (0, 0), 3))[1].tobytes())

    assert picture.faces == ()


async def test_a_face_has_the_same_embedding_in_company(lite: Engine) -> None:
    crops = [(await lite.see(photos[0]())).faces[0] for photos in PEOPLE.values()]

    together = await lite.embed(crops)

    for crop, one in zip(crops, together, strict=True):
        [alone] = await lite.embed([crop])
        assert cosine(alone.embedding, one.embedding) > 0.9999


@pytest.mark.filterwarnings("ignore:.*estimate.*:FutureWarning")
async def test_insightface_reads_it_and_sees_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app import FaceAnalysis  # noqa: PLC0415 - it warns while it is imported

        library: Any = FaceAnalysis("lite", str(OWN), ["detection", "recognition"])
        library.prepare(ctx_id=-1, det_size=(640, 640))
    exact = open_engine(choose([OWN], "lite"), EngineOptions("cpu", threads=1, as_insightface=True))

    [theirs] = library.get(cv2.imdecode(np.frombuffer(COLLINS[0](), np.uint8), cv2.IMREAD_COLOR))
    picture, [ours] = await embedded(exact, COLLINS[0]())
    exact.close()

    box = ours.aligned.found.box
    assert np.array([box.left, box.top]) * picture.width == pytest.approx(theirs.bbox[:2], abs=1)
    assert float(ours.embedding @ theirs.normed_embedding) > 0.999


async def test_people_it_never_saw_are_found_and_told_apart(lite: Engine, lfw: Lfw) -> None:
    people = [name for name in lfw.people(2) if name in held_out()][:60]
    found = [[(await embedded(lite, lfw.photo(name, number)))[1] for number in (1, 2)] for name in people]

    assert sum(bool(faces) for pair in found for faces in pair) >= 118
    first, second = (np.array([pair[at][0].embedding for pair in found if all(pair)]) for at in (0, 1))
    similar = first @ second.T
    own, others = np.diagonal(similar), similar[~np.eye(len(similar), dtype=bool)]
    assert np.median(own) > np.quantile(others, 0.999)
