"""The figures of the model card: the student beside its teacher, on people neither of whom it learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.domain.faces import Pixels
from app.vision.candidates import Candidates, overlaps, suppress
from app.vision.decode import opened
from app.vision.detect import OVERLAP, Detector, finder
from app.vision.embed import Embedder
from app.vision.graph import operators
from app.vision.letterbox import fit
from app.vision.models.pack import Pack
from app.vision.runtimes.ort import Ort
from app.vision.yunet import YuNet
from models.lite.train.look import CANVAS, LIMITS, SURE, Seen, crops
from models.lite.train.protocol import identification, pairs, verification

SAME = 0.5
"""Least intersection over union of two boxes of one face."""

LARGE = 40
"""Longer side, in pixels of the photograph, of faces in groups that must be found."""

EYES = 2
"""The first two landmarks."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """accuracy and spread: of 6,000 pairs. rank1, tpir: of searches among 500, the second at 1 % of strangers named."""

    accuracy: float
    spread: float
    rank1: float
    tpir: float


@dataclass(frozen=True, slots=True)
class Found:
    """recall, precision: of wanted faces, and of what was found. landmarks: mean error in distances of the eyes."""

    recall: float
    precision: float
    landmarks: float


def recognised(known: Seen, photos: Sequence[int], model: Path) -> Recognised:
    """Ask a recogniser about the central faces of those photographs."""
    faces, persons = crops(known, photos), known.persons[list(photos)].tolist()
    embedder = Embedder(Ort().open(model), operators(model))
    parts = [embedder.embed(list(faces[at : at + 8])) for at in tqdm(range(0, len(faces), 8), model.stem)]
    vectors = np.array([vector for part in parts for vector in part])
    accuracy, spread = verification(vectors, pairs(persons))
    searched = identification(vectors, persons)
    [tpir] = [each.true.value for each in searched.operations if each.false == 0.01]  # noqa: PLR2004 - 1 %
    return Recognised(accuracy, spread, searched.rank1.value, tpir)


def central(known: Seen, photos: Sequence[int], pack: Pack, size: int, *, enlarged: bool) -> Found:
    """Look for the central face of each photograph. enlarged: on a canvas of `size`, as insightface does."""
    detector = Detector(finder(Ort().open(pack.detector)), size, exact=enlarged)
    errors: list[float] = []
    right = total = 0
    for photo in tqdm(photos, pack.name):
        found, truth = _seen(detector, known.pixels[photo]), known.of(photo)
        errors += _errors(found, known.faces.take(known.central[photo : photo + 1]))
        right, total = right + _faces(found, truth), total + len(found)
    return Found(len(errors) / len(photos), right / total, float(np.mean(errors)))


def groups(photos: Sequence[Path], teacher: Path, pack: Pack) -> Found:
    """Look for the faces that the teacher sees in photographs of several people. None of them was learnt from."""
    detector, model = Detector(finder(Ort().open(pack.detector)), CANVAS), YuNet(Ort().open(teacher), SURE)
    errors: list[float] = []
    wanted = right = total = 0
    for photo in photos:
        pixels = opened(photo.read_bytes(), LIMITS).decode(1).pixels
        canvas = fit(pixels, CANVAS)
        truth = suppress(canvas.back(model.find(canvas.pixels)), OVERLAP)
        found = _seen(detector, pixels)
        large = truth.take(np.flatnonzero(_longer(truth) > LARGE))
        wanted, total = wanted + len(large), total + len(found)
        errors += _errors(found, large)
        right += _faces(found, truth)
    return Found(len(errors) / wanted, right / total, float(np.mean(errors)))


def _seen(detector: Detector, pixels: Pixels) -> Candidates:
    """Faces in pixels of the picture."""
    size = np.array(pixels.shape[1::-1], dtype=np.float32)
    faces = detector.find(pixels)
    boxes = [
        (face.box.left, face.box.top, face.box.left + face.box.width, face.box.top + face.box.height) for face in faces
    ]
    return Candidates(
        np.array(boxes, dtype=np.float32).reshape(-1, 4) * np.tile(size, 2),
        np.array([face.landmarks for face in faces], dtype=np.float32).reshape(-1, 5, 2) * size,
        np.array([face.score for face in faces], dtype=np.float32),
    )


def _faces(found: Candidates, truth: Candidates) -> int:
    """How many of what was found are true faces."""
    return sum(bool((overlaps(box, truth.boxes) > OVERLAP).any()) for box in found.boxes)


def _longer(faces: Candidates) -> NDArray[np.float32]:
    sides: NDArray[np.float32] = (faces.boxes[:, 2:] - faces.boxes[:, :2]).max(axis=1, initial=0)
    return sides


def _errors(found: Candidates, truth: Candidates) -> list[float]:
    """For each true face that was found, how far its landmarks are off on average, in distances of its eyes."""
    errors = []
    for box, points in zip(truth.boxes, truth.landmarks, strict=True):
        shares = overlaps(box, found.boxes)
        if not len(shares) or shares.max() < SAME:
            continue
        off = np.linalg.norm(found.landmarks[int(shares.argmax())] - points, axis=1).mean()
        errors.append(float(off / max(1.0, float(np.linalg.norm(points[0] - points[EYES - 1])))))
    return errors
