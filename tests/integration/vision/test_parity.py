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
    engine: Engine, library: Any, images: Path, name: str
) -> None:
    path = images / "groups" / name
    theirs = library.get(cv2.imread(str(path)))

    picture = await engine.see(path.read_bytes())
    ours = await engine.embed(picture.faces)

    assert len(ours) == len(theirs) > 0
    partners = set()
    for face in ours:
        partner, overlap = best(face, theirs, picture.width, picture.height)
        partners.add(partner)
        assert overlap >= 0.98
        assert float(face.embedding @ unit(theirs[partner].embedding)) >= 0.9999
        assert face.aligned.found.score == pytest.approx(float(theirs[partner].det_score), abs=1e-3)
    assert len(partners) == len(theirs), "two of our faces are the same one of theirs"


def best(face: EmbeddedFace, theirs: list[Any], width: int, height: int) -> tuple[int, float]:
    overlaps = [iou(face.aligned.found.box, their.bbox, width, height) for their in theirs]
    return int(np.argmax(overlaps)), max(overlaps)
