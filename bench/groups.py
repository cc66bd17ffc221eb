"""Faces of LFW sorted into people: `python -m bench.groups`.

As a gallery is: so many photos of whole people, drawn by lot, those with a single photo among them. All faces of a
photo take part, also of passers-by; counted are those that LFW names, which are nearest to the middle. BCubed
precision, recall and F (Amigó et al. 2009), and the part of the pairs in one group that are one person. Then time and
memory for a crowd of drawn faces.
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.commands.photos import without
from app.domain.faces import Box
from app.domain.groups import ALONE, Crowd, group
from app.domain.unknown import cut_for
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.labelled import Photo, photos
from app.vision.models.curves import curve
from app.vision.models.find import choose
from bench.identities import crowd, measure
from bench.photos import usual_place
from bench.service import ROOT

NOBODY = -1
LEAST_QUALITY = 0.3
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """All faces of the photos. people: of each whose it is, or NOBODY. photos: which it is in."""

    vectors: NDArray[np.float32]
    photos: Whole
    people: Whole
    qualities: NDArray[np.float32]


def main() -> None:
    """Print a table of cuts, and a line about a large crowd."""
    options = _options()
    faces = _faces(options)
    crowded = Crowd(faces.vectors, faces.photos, faces.qualities >= LEAST_QUALITY)
    shipped = curve(choose([options.models], options.pack).recogniser_sha256)
    ours = cut_for(shipped, len(crowded.photos), 0.35)
    named = int((faces.people != NOBODY).sum())
    print(
        f"{len(crowded.photos)} faces of {options.photos} photos, {named} named; {int((~crowded.clear).sum())} unclear"
    )
    print("| cut | groups | precision | recall | F | pairs that are right |")
    for cut in sorted({0.35, 0.4, 0.45, 0.5, 0.55, round(ours, 3)}):
        labels = group(crowded, cut)
        told = " | ".join(f"{value:.4f}" for value in _scores(labels, faces.people))
        print(f"| {cut:.3f}{' (chosen)' if cut == round(ours, 3) else ''} | {labels.max() + 1} | {told} |")
    _large(faces, options.crowd, cut_for(shipped, options.crowd, 0.35))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", default="scrfd_mobilefacenet")
    parser.add_argument("--photos", type=int, default=3000)
    parser.add_argument("--crowd", type=int, default=20_000, help="faces of the crowd that is drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=Path, default=usual_place(), help="LFW's zip")
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared", help="folder of models/<pack>")
    parser.add_argument("--leave-out", type=Path, default=ROOT / "bench" / "lfw_names.txt", help="label errors")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "groups", help="folder for embeddings")
    return parser.parse_args()


def _faces(options: argparse.Namespace) -> Faces:
    """Computed once."""
    file = options.cache / f"{options.pack}-{options.photos}-{options.seed}.npz"
    if not file.exists():
        options.cache.mkdir(parents=True, exist_ok=True)
        drawn = _drawn(without(photos(options.images), options.leave_out), options.photos, options.seed)
        engine = open_engine(choose([options.models], options.pack), EngineOptions(threads=2))
        found = asyncio.run(_embedded(engine, drawn))
        np.savez(file, vectors=found.vectors, photos=found.photos, people=found.people, qualities=found.qualities)
        engine.close()
    return Faces(**np.load(file))


def _drawn(given: Sequence[Photo], count: int, seed: int) -> list[Photo]:
    """All photos of people who are drawn by lot, until there are enough."""
    people = np.random.default_rng(seed).permutation(sorted({photo.person for photo in given})).tolist()
    by_person: dict[str, list[Photo]] = {}
    for photo in given:
        by_person.setdefault(photo.person, []).append(photo)
    return [photo for person in people for photo in by_person[person]][:count]


async def _embedded(engine: Engine, drawn: Sequence[Photo]) -> Faces:
    room, names = asyncio.Semaphore(8), sorted({photo.person for photo in drawn})

    async def one(number: int, photo: Photo) -> list[tuple[object, int, int, float]]:
        async with room:
            picture = await engine.see(await asyncio.to_thread(photo.read))
            faces = await engine.embed(picture.faces)
        middle = min(range(len(faces)), key=lambda n: _off_centre(faces[n].aligned.found.box), default=0)
        whose = names.index(photo.person)
        return [
            (face.embedding, number, whose if n == middle else NOBODY, face.aligned.quality.score)
            for n, face in enumerate(faces)
        ]

    rows = [row for each in await asyncio.gather(*(one(*each) for each in enumerate(drawn))) for row in each]
    vectors, numbers, people, qualities = zip(*rows, strict=True)
    return Faces(
        np.array(vectors, dtype=np.float32),
        np.array(numbers, dtype=np.int64),
        np.array(people, dtype=np.int64),
        np.array(qualities, dtype=np.float32),
    )


def _off_centre(box: Box) -> float:
    return (box.left + box.width / 2 - 0.5) ** 2 + (box.top + box.height / 2 - 0.5) ** 2


def _scores(labels: Whole, people: Whole) -> tuple[float, float, float, float]:
    """BCubed precision, recall, F; and the pairs. Whoever is alone is a group of one."""
    own = np.where(labels == ALONE, labels.max() + 1 + np.arange(len(labels)), labels)
    kept = people != NOBODY
    own, truth = _numbers(own[kept]), _numbers(people[kept])
    both = _numbers(own * (truth.max() + 1) + truth)
    sizes = [np.bincount(numbers)[numbers] for numbers in (both, own, truth)]
    precision, recall = float((sizes[0] / sizes[1]).mean()), float((sizes[0] / sizes[2]).mean())
    right = (np.bincount(both) * (np.bincount(both) - 1)).sum() / max(1, (np.bincount(own) ** 2).sum() - len(own))
    return precision, recall, 2 * precision * recall / (precision + recall), float(right)


def _numbers(values: Whole) -> Whole:
    numbers: Whole = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return numbers


def _large(faces: Faces, count: int, cut: float) -> None:
    named = faces.people != NOBODY
    population = measure(faces.vectors[named].astype(np.float64), faces.people[named].astype(str))
    vectors = np.concatenate([some for _, some in crowd(population, count, 1)])
    began = time.perf_counter()
    labels = group(Crowd(vectors, np.arange(count) // 4, np.ones(count, dtype=bool)), cut)
    seconds, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} faces: {seconds:.1f} s, {peak:.0f} MB at most in the whole process, {labels.max() + 1} groups")


if __name__ == "__main__":
    main()
