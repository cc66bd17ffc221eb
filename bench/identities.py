"""People who do not exist, whose faces are as like and unlike as real ones: drawn from the covariance of LFW's.

`python -m bench.identities lfw-deepfunneled.zip lfw-128.npz` embeds real ones, with the pack of FACE_MODEL_PACK.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.config import Settings
from app.vision.labelled import Which, embed, photos
from app.wiring import engine_of

Vectors = NDArray[np.float32]
FACES_A_MEMBER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """How embeddings spread. mean: dimensions; between, within: square roots of covariances, dimensions².

    poorness: how much further than usual a photo strays from its person, one figure for each real photo: most are like
    each other and a few are bad, which a single covariance would not show.
    """

    mean: Vectors
    between: Vectors
    within: Vectors
    poorness: Vectors

    def members(self, count: int, rng: np.random.Generator) -> Vectors:
        """What is common to the faces of each of so many people."""
        drawn = rng.standard_normal((count, len(self.mean)), dtype=np.float32)
        return self.mean + drawn @ self.between

    def faces(self, people: Vectors, rng: np.random.Generator) -> Vectors:
        """A photo of each, as an embedding of length one."""
        drawn = rng.standard_normal(people.shape, dtype=np.float32)
        seen = people + drawn @ self.within * rng.choice(self.poorness, (len(people), 1))
        faces: Vectors = seen / np.linalg.norm(seen, axis=1, keepdims=True)
        return faces


def measure(embeddings: Vectors, people: NDArray[np.str_]) -> Population:
    """The population that the labelled embeddings are a sample of."""
    names, place, counts = np.unique(people, return_inverse=True, return_counts=True)
    means = np.zeros((len(names), embeddings.shape[1]))
    np.add.at(means, place, embeddings)
    means /= counts[:, None]
    several = counts[place] > 1
    n = counts[place][several, None]
    apart = (embeddings - means[place])[several] * np.sqrt(n / (n - 1))
    within = apart.T @ apart / several.sum()
    strays = np.linalg.norm(apart, axis=1)
    poorness = (strays / np.sqrt(np.mean(strays**2))).astype(np.float32)
    total = np.cov(means.T)
    between = total - within * np.mean(1 / counts)
    return Population(means.mean(0).astype(np.float32), _root(between), _root(within), poorness)


def load(path: Path) -> Population:
    """From a file with `embeddings` (faces × dimensions) and `people` (a name for each)."""
    held = np.load(path)
    return measure(held["embeddings"].astype(np.float64), held["people"])


def save(photographs: Path, file: Path) -> None:
    """Embed the central face of each photograph, PERSON/*.jpg in a folder or zip, into what `load` reads."""
    with engine_of(Settings()) as engine:
        found = asyncio.run(embed(engine, photos(photographs), Which.CENTRAL, lambda *_: None))
    np.savez(file, embeddings=found.faces.vectors, people=np.array(found.persons))


def _root(covariance: NDArray[np.float64]) -> Vectors:
    values, vectors = np.linalg.eigh(covariance)
    root: Vectors = ((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T).astype(np.float32)
    return root


def crowd(population: Population, faces: int, seed: int) -> Iterator[tuple[int, Vectors]]:
    """So many faces, FACES_A_MEMBER of each person, some thousand at a time: the first one's number, and the faces."""
    rng = np.random.default_rng(seed)
    for start in range(0, faces, 30_000):
        count = min(30_000, faces - start)
        people = population.members(-(-count // FACES_A_MEMBER), rng)
        yield start, population.faces(np.repeat(people, FACES_A_MEMBER, axis=0)[:count], rng)


if __name__ == "__main__":
    save(Path(sys.argv[1]), Path(sys.argv[2]))
