"""What the teacher's detector sees in every photograph: boxes, landmarks and scores, kept beside the pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.vision.align import align
from app.vision.candidates import Candidates, join, suppress
from app.vision.decode import Limits, opened
from app.vision.detect import OVERLAP
from app.vision.labelled import Photo
from app.vision.letterbox import fit
from app.vision.runtimes.ort import Ort
from app.vision.yunet import YuNet

SIDE = 250
"""Side of the square that photographs are scaled into: LFW's."""

CANVAS = 640
"""What the teacher looks at."""

DOUBT = 0.3
"""Least score that is kept: between it and the teacher's threshold nobody can say whether it is a face."""

SURE = 0.7
"""Least score of a face."""

LIMITS = Limits(max_bytes=50_000_000, max_pixels=100_000_000)

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All photographs and all faces in them.

    pixels: n × SIDE × SIDE × RGB. names, persons: n. faces: of all photographs together, in pixels of theirs; owner:
    which photograph each is in. central: n, the face nearest to the middle of the photograph, −1 where there is none.
    """

    pixels: NDArray[np.uint8]
    names: NDArray[np.str_]
    persons: NDArray[np.str_]
    faces: Candidates
    owner: Rows
    central: Rows

    def of(self, photo: int) -> Candidates:
        """The faces of a photograph."""
        low, high = np.searchsorted(self.owner, [photo, photo + 1])
        return self.faces.take(np.arange(low, high))

    def people(self, names: frozenset[str], *, inside: bool) -> list[int]:
        """Photographs with a face of those people, or of all others."""
        wanted = [(name in names) is inside for name in self.persons.tolist()]
        return np.flatnonzero(np.array(wanted) & (self.central >= 0)).tolist()


def look(photos: Sequence[Photo], detector: Path, cache: Path) -> None:
    """Show the teacher every photograph and write what it says into the cache."""
    teacher = YuNet(Ort().open(detector), DOUBT)
    shape = (len(photos), SIDE, SIDE, 3)
    pixels = np.lib.format.open_memmap(cache / "photos.npy", mode="w+", dtype=np.uint8, shape=shape)
    found: list[Candidates] = []
    for number, photo in enumerate(tqdm(photos, "faces")):
        pixels[number] = fit(opened(photo.read(), LIMITS).decode(1).pixels, SIDE).pixels
        canvas = fit(pixels[number], CANVAS)
        found.append(suppress(canvas.back(teacher.find(canvas.pixels)), OVERLAP))
    pixels.flush()
    names, persons = [photo.name for photo in photos], [photo.person for photo in photos]
    _write(cache, found, names, persons)


def _write(cache: Path, found: Sequence[Candidates], names: Sequence[str], persons: Sequence[str]) -> None:
    faces, counts = join(found), [len(each) for each in found]
    starts = np.cumsum([0, *counts[:-1]])
    central = [int(start) + _central(each) if _sure(each) else -1 for start, each in zip(starts, found, strict=True)]
    np.savez(
        cache / "faces.npz",
        names=np.array(names),
        persons=np.array(persons),
        boxes=faces.boxes,
        landmarks=faces.landmarks,
        scores=faces.scores,
        owner=np.repeat(np.arange(len(found)), counts),
        central=np.array(central),
    )


def _sure(faces: Candidates) -> bool:
    return bool((faces.scores >= SURE).any())


def _central(faces: Candidates) -> int:
    """The face that the photograph's label means."""
    middles = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    distances = np.linalg.norm(middles - SIDE / 2, axis=1)
    return int(np.argmin(np.where(faces.scores >= SURE, distances, np.inf)))


def seen(cache: Path) -> Seen:
    """Read what `look` has written."""
    kept = np.load(cache / "faces.npz")
    faces = Candidates(kept["boxes"], kept["landmarks"], kept["scores"])
    pixels = np.load(cache / "photos.npy", mmap_mode="r")
    return Seen(pixels, kept["names"], kept["persons"], faces, kept["owner"], kept["central"])


def crops(known: Seen, photos: Sequence[int]) -> NDArray[np.uint8]:
    """The central face of each of those photographs: n × 112 × 112 × RGB."""
    return np.stack([align(known.pixels[photo], known.faces.landmarks[known.central[photo]]) for photo in photos])
