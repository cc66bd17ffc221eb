"""What the recogniser learns from: faces, and what the teacher makes of each of them, in rounds.

A round shows every photograph of the training half once, each time spoilt in another way. The teacher sees the same
picture as the student and is asked for two of its inner maps as well, from which more is learnt than from its answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from tqdm import tqdm

from app.domain.faces import Pixels
from app.vision.align import SIZE, similarity
from models.lite.train.disturb import Rng, blended, shaken, spoilt
from models.lite.train.look import Seen

ENDS = tuple(
    f"/features/features.{block}/{end}_output_0"
    for block, end in (
        *(
            (0, "conv/conv.2/Conv"),
            (2, "Add"),
            (4, "Add"),
            (5, "conv/conv.2/Conv"),
            (7, "Add"),
            (9, "Add"),
            (11, "Add"),
        ),
        *((12, "conv/conv.2/Conv"), (14, "Add")),
    )
)
"""The teacher's maps that the student's sections end in."""

MIDDLE, LATE = ENDS[6], ENDS[8]
"""The last ones of 14 × 14 and of 7 × 7 places, 128 numbers each."""

MIXED = 0.3
"""Share of faces that are mixed with another person's."""

AT_ONCE = 16

Halves = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """faces: n × 112 × 112 × RGB. middle: n × 14 × 14 × 128. late: n × 7 × 7 × 128. answers: n × 128, of length one."""

    faces: NDArray[np.uint8]
    middle: Halves
    late: Halves
    answers: NDArray[np.float32]


class Teacher:
    """The recogniser that is imitated."""

    def __init__(self, model: Path, ends: Sequence[str] = (MIDDLE, LATE), threads: int = 1) -> None:
        graph = onnx.load(model)
        graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in ends)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(graph.SerializeToString(), options)

    def __call__(self, faces: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """The maps, n × height × width × channels, and last the answers, of length one."""
        planes = faces.transpose(0, 3, 1, 2).astype(np.float32)
        answers, *maps = self._session.run(None, {self._session.get_inputs()[0].name: planes})
        answers /= np.linalg.norm(answers, axis=1, keepdims=True)
        return *(each.transpose(0, 2, 3, 1) for each in maps), answers


def teach(known: Seen, photos: Sequence[int], teacher: Teacher, cache: Path, number: int) -> None:
    """Make a round, unless it is there.

    The first one shows the faces as they are, the second one mirrored, all others spoilt.
    """
    if (cache / _name(number)).with_suffix(".done").exists():
        return
    rng = np.random.default_rng(number)
    pictures = list(_pictures(known, photos, number, rng))
    faces, middle, late, answers = _room(cache / _name(number), len(pictures))
    for start in tqdm(range(0, len(pictures), AT_ONCE), f"round {number}"):
        part = slice(start, start + AT_ONCE)
        faces[part] = pictures[part]
        middle[part], late[part], answers[part] = teacher(faces[part])
    (cache / _name(number)).with_suffix(".done").touch()


def _pictures(known: Seen, photos: Sequence[int], number: int, rng: Rng) -> Iterator[Pixels]:
    for photo in photos:
        if number < 2:  # noqa: PLR2004 - as it is, and mirrored
            face = _cut(known, photo, None)
            yield np.ascontiguousarray(face[:, ::-1]) if number else face
        else:
            yield _changed(known, photo, photos, rng)


def _changed(known: Seen, photo: int, photos: Sequence[int], rng: Rng) -> Pixels:
    face = _cut(known, photo, rng)
    if rng.random() < MIXED:
        face = blended(face, _cut(known, photos[int(rng.integers(len(photos)))], rng), rng)
    return spoilt(np.ascontiguousarray(face[:, ::-1]) if rng.random() < 0.5 else face, rng)  # noqa: PLR2004


def _cut(known: Seen, photo: int, rng: Rng | None) -> Pixels:
    matrix = similarity(known.faces.landmarks[known.central[photo]])
    if rng is not None:
        matrix = shaken(matrix, rng)
    return np.asarray(cv2.warpAffine(known.pixels[photo], matrix, (SIZE, SIZE)), dtype=np.uint8)


def _room(folder: Path, count: int) -> tuple[NDArray[Any], ...]:
    """Files for the arrays of a round."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {
        "faces": (np.uint8, (SIZE, SIZE, 3)),
        "middle": (np.float16, (14, 14, 128)),
        "late": (np.float16, (7, 7, 128)),
        "answers": (np.float32, (128,)),
    }
    return tuple(
        np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=kind, shape=(count, *shape))
        for name, (kind, shape) in kinds.items()
    )


def rounds(cache: Path) -> list[Path]:
    """The rounds that are complete, in their order."""
    return sorted(done.with_suffix("") for done in cache.glob("round-*.done"))


def read(folder: Path) -> Round:
    """A round; its arrays stay on the disk until they are used."""
    return Round(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("faces", "middle", "late", "answers")))


def _name(number: int) -> str:
    return f"round-{number:02d}"
