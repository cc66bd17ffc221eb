"""The engine against the library whose models it runs: insightface's own FaceAnalysis, side by side."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.domain.faces import Box, EmbeddedFace, unit
from app.vision.engine import Engine
from tests.conftest import Lfw

GROUPS = ("1.jpg", "11.jpg", "friends_6faces.jpg", "group-1.jpg", "image_F1.jpg", "image_T1.jpg", "solvay1927.jpg")


@pytest.fixture(scope="module")
def library(model_root: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app import FaceAnalysis  # noqa: PLC0415 - it warns while it is imported

        analysis = FaceAnalysis("scrfd_mobilefacenet", str(model_root), ["detection", "recognition"])
        analysis.prepare(ctx_id=-1, det_size=(640, 640))
        yield analysis


def iou(box: Box, corners: np.ndarray[Any, Any], width: int, height: int) -> float:
    ours = np.array([box.left * width, box.top * height, 0, 0])
    ours[2:] = ours[:2] + np.array([box.width * width, box.height * height])
    low, high = np.maximum(ours[:2], corners[:2]), np.minimum(ours[2:], corners[2:])
    shared = float(np.prod(np.maximum(high - low, 0)))
    return shared / float(np.prod(ours[2:] - ours[:2]) + np.prod(corners[2:] - corners[:2]) - shared)


@pytest.mark.filterwarnings("ignore:.*estimate.*:FutureWarning")
@pytest.mark.parametrize("name", GROUPS)
async def test_boxes_and_embeddings_are_those_of_insightface(
    exact: Engine, library: Any, images: Path, name: str
) -> None:
    path = images / "groups" / name
    theirs = library.get(cv2.imread(str(path)))

    picture = await exact.see(path.read_bytes())
    ours = await exact.embed(picture.faces)

    assert len(ours) == len(theirs) > 0
    partners = set()
    for face in ours:
        partner, overlap = best(face, theirs, picture.width, picture.height)
        partners.add(partner)
        assert overlap >= 0.98
        assert float(face.embedding @ unit(theirs[partner].embedding)) >= 0.9999
        assert face.aligned.found.score == pytest.approx(float(theirs[partner].det_score), abs=1e-3)
    assert len(partners) == len(theirs), "two of our faces are the same one of theirs"


@pytest.mark.filterwarnings("ignore:.*estimate.*:FutureWarning")
@pytest.mark.parametrize("name", GROUPS)
async def test_every_face_above_20_pixels_that_insightface_finds_is_found(
    engine: Engine, library: Any, images: Path, name: str
) -> None:
    path = images / "groups" / name
    theirs = [face for face in library.get(cv2.imread(str(path))) if min(face.bbox[2:] - face.bbox[:2]) > 20]

    picture = await engine.see(path.read_bytes())

    assert theirs
    for face in theirs:
        size = picture.width, picture.height
        assert max(iou(ours.found.box, face.bbox, *size) for ours in picture.faces) > 0.8


@pytest.mark.filterwarnings("ignore:.*estimate.*:FutureWarning")
async def test_the_faces_of_lfw_are_those_of_insightface(engine: Engine, library: Any, lfw: Lfw) -> None:
    photos = [lfw.photo(person) for person in lfw.people()[::280]]
    alike = []

    for photo in photos:
        theirs = library.get(cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR))
        largest = max(theirs, key=lambda face: float(np.prod(face.bbox[2:] - face.bbox[:2])))
        ours = await engine.embed((await engine.see(photo)).faces[:1])
        alike.append(float(ours[0].embedding @ unit(largest.embedding)))

    assert len(alike) > 20
    assert float(np.median(alike)) > 0.97
    assert min(alike) > 0.85


def best(face: EmbeddedFace, theirs: list[Any], width: int, height: int) -> tuple[int, float]:
    overlaps = [iou(face.aligned.found.box, their.bbox, width, height) for their in theirs]
    return int(np.argmax(overlaps)), max(overlaps)
