"""Ages and genders: by models of the official one's shape, against insightface's own code run on the same files."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.domain.errors import ModelUnavailable
from app.domain.faces import Attributes, Box, Gender, Sex
from app.vision.attributes import Guesser, cut
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.graph import operators
from app.vision.models.folder import pack_in
from app.vision.models.pack import Pack
from app.vision.runtimes.ort import Ort
from tests.integration.vision.ages import Scaling, written
from tests.unit.models.packs import MOBILEFACENET, SCRFD, made

GROUP = "groups/friends_6faces.jpg"
THEIRS = {0: Sex.FEMALE, 1: Sex.MALE}
"""insightface's numbers."""


@contextmanager
def engine_of(pack: Pack) -> Iterator[Engine]:
    engine = open_engine(pack, EngineOptions("cpu", threads=1, as_insightface=True))
    yield engine
    engine.close()


def insightface_says(model: Path, picture: np.ndarray, box: Box) -> tuple[Sex, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app.common import Face  # noqa: PLC0415 - it warns while it is imported
        from insightface.model_zoo.attribute import Attribute  # noqa: PLC0415

        height, width = picture.shape[:2]
        corners = np.array([box.left, box.top, box.left + box.width, box.top + box.height])
        face: Any = Face(bbox=corners * np.array([width, height] * 2))
        gender, age = Attribute(model_file=str(model)).get(picture, face)
    return THEIRS[int(gender)], age


@pytest.mark.parametrize("scaling", ["outside", "by nodes", "by bn_data"])
async def test_ages_and_genders_are_those_of_insightface(
    pack: Callable[[str], Pack], images: Path, tmp_path: Path, scaling: Scaling
) -> None:
    model = written(tmp_path / "genderage.onnx", scaling)
    file = images / GROUP

    with engine_of(replace(pack("scrfd_mobilefacenet"), extras={"genderage": model})) as engine:
        faces = (await engine.see(file.read_bytes(), attributes=True)).faces

    theirs = [insightface_says(model, np.asarray(cv2.imread(str(file))), face.found.box) for face in faces]
    ours = [(face.attributes.gender, face.attributes.age) for face in faces]
    assert [(gender.value, age.years) for gender, age in ours if gender and age] == theirs
    assert len(theirs) == 6
    assert len({age for _, age in theirs}) > 1, "the model tells the faces apart"


async def test_attributes_are_guessed_where_they_are_asked_for_and_a_model_is_there(
    pack: Callable[[str], Pack], engine: Engine, images: Path, tmp_path: Path
) -> None:
    photo = (images / GROUP).read_bytes()
    guessing = replace(pack("scrfd_mobilefacenet"), extras={"genderage": written(tmp_path / "genderage.onnx")})

    with engine_of(guessing) as with_model:
        plain = await with_model.see(photo)
        asked = await with_model.see(photo, lambda faces: faces[:1], attributes=True)
    without = await engine.see(photo, attributes=True)

    assert {face.attributes for face in (*plain.faces, *without.faces)} == {Attributes()}
    assert all(face.attributes.age and face.attributes.gender for face in asked.faces)


async def test_a_range_is_around_the_age_and_a_confidence_above_one_half(
    pack: Callable[[str], Pack], images: Path, tmp_path: Path
) -> None:
    guessing = replace(pack("scrfd_mobilefacenet"), extras={"genderage": written(tmp_path / "genderage.onnx")})

    with engine_of(guessing) as engine:
        faces = (await engine.see((images / GROUP).read_bytes(), attributes=True)).faces

    for face in faces:
        age, gender = face.attributes.age, face.attributes.gender
        assert age
        assert gender
        assert 0 <= age.low <= age.years <= age.high <= 120
        assert age.high - age.low >= 4
        assert 0.5 <= gender.confidence <= 1


@pytest.mark.parametrize("box", [Box(0.3, 0.2, 0.2, 0.4), Box(-0.1, -0.2, 0.5, 0.4), Box(0.8, 0.9, 0.3, 0.2)])
def test_a_face_is_cut_out_as_insightface_does(box: Box) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.utils.face_align import transform  # noqa: PLC0415 - it warns while it is imported

        picture = np.random.default_rng(7).integers(0, 256, (300, 400, 3), dtype=np.uint8)
        middle = (box.left + box.width / 2) * 400, (box.top + box.height / 2) * 300
        theirs, _ = transform(picture, middle, 96, 96 / (1.5 * max(box.width * 400, box.height * 300)), 0)

    assert np.array_equal(cut(picture, box), theirs)


def test_a_face_is_cut_out_of_a_picture_longer_than_opencv_can_warp() -> None:
    picture = np.zeros((200, 40_000, 3), dtype=np.uint8)
    picture[50:150, 35_000:35_100] = 255

    crop = cut(picture, Box(35_000 / 40_000, 50 / 200, 100 / 40_000, 100 / 200))

    assert crop[20:76, 20:76].min() == 255
    assert crop[:12].max() == crop[:, :12].max() == 0


@pytest.mark.parametrize("bias", [float("nan"), float("inf")])
async def test_numbers_that_are_none_say_nothing(tmp_path: Path, engine: Engine, images: Path, bias: float) -> None:
    class Broken:
        outputs, input_shape, batches = ("fc1",), (1, 3, 96, 96), False

        def run(self, blob: np.ndarray) -> list[np.ndarray]:
            return [np.array([[bias, 0, 0.3]], dtype=np.float32)]

    [face, *_] = (await engine.see((images / GROUP).read_bytes())).faces

    assert Guesser(Broken(), ()).known(face, np.zeros((99, 99, 3), np.uint8)).attributes == Attributes()


async def test_the_surest_of_models_is_surer_than_any_number_can_say(engine: Engine, images: Path) -> None:
    class Sure:
        outputs, input_shape, batches = ("fc1",), (1, 3, 96, 96), False

        def run(self, blob: np.ndarray) -> list[np.ndarray]:
            return [np.array([[1e6, -1e6, 7.0]], dtype=np.float32)]

    [face, *_] = (await engine.see((images / GROUP).read_bytes())).faces
    known = Guesser(Sure(), ()).known(face, np.zeros((99, 99, 3), np.uint8)).attributes

    assert known.gender == Gender(Sex.FEMALE, 1.0)
    assert known.age
    assert (known.age.years, known.age.high) == (120, 120)


@pytest.mark.parametrize(("outputs", "side"), [(5, 96), (3, 64)])
def test_a_model_of_another_shape_is_refused(tmp_path: Path, outputs: int, side: int) -> None:
    model = written(tmp_path / "genderage.onnx", outputs=outputs, side=side)

    with pytest.raises(ModelUnavailable, match="model of ages"):
        Guesser(Ort().open(model), operators(model))


async def test_a_folder_with_such_a_model_guesses(tmp_path: Path, images: Path) -> None:
    folder = made(tmp_path, "mine", SCRFD, MOBILEFACENET)
    written(folder / "ages.onnx")

    with engine_of(pack_in(folder)) as engine:
        [face, *_] = (await engine.see((images / GROUP).read_bytes(), attributes=True)).faces

    assert face.attributes.age
