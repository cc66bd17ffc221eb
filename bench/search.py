"""How fast and how right searches are: `python -m bench.search --faces 10000,100000,1000000 --embeddings FILE`.

Fills a Postgres of its own with people drawn from the spread of real embeddings, and asks the store itself, without
HTTP or models: exactly, and through the index in memory. FILE is an npz with `embeddings` (faces × dimensions) and
`people` (a name for each face).
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace, Box, DetectedFace, EmbeddedFace, Embedding, Pose, Quality, unit
from app.domain.members import Candidate, MemberDraft, Origin
from app.domain.search import Backend
from app.ports import FaceStore
from app.store.embedded import EmbeddedPostgres
from app.store.faces import PgFaceStore
from app.store.index.keeper import Options
from app.store.index.open import Search, open_search
from app.store.migrate import migrate
from app.store.pool import open_pool
from bench.crowds import SEED, fill
from bench.identities import FACES_A_MEMBER, Population, load

EQUAL = 1e-3
ENROLLED = 300
TOP = 5
HEAD = "| faces | search | p50 / p95 ms | recall@1, enrolled | recall@1, strangers | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Probes:
    """New photos of some of the first 10,000 members, and of people who are not there."""

    known: list[Embedding]
    strangers: list[Embedding]

    def first(self, count: int) -> "Probes":
        return Probes(self.known[:count], self.strangers[:count])


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of asking all probes. times: milliseconds of each."""

    known: list[list[Candidate]]
    strangers: list[list[Candidate]]
    times: list[float]

    @property
    def speed(self) -> str:
        return "{:.1f} / {:.1f}".format(*np.percentile(self.times, [50, 95]))

    def recall(self, exact: "Answers") -> str:
        return f"{_agreement(self.known, exact.known):.4f} | {_agreement(self.strangers, exact.strangers):.4f}"


@dataclass(frozen=True, slots=True)
class Collection:
    ref: CollectionRef
    model: Model

    async def ask(self, store: FaceStore, probes: Probes) -> Answers:
        """One search at a time."""
        found, times = [], []
        for probe in [*probes.known, *probes.strangers]:
            began = time.perf_counter()
            found += await store.nearest(self.ref, [probe], self.model, TOP)
            times.append((time.perf_counter() - began) * 1000)
        return Answers(found[: len(probes.known)], found[len(probes.known) :], times)

    async def enrol(self, store: FaceStore, photos: Sequence[EmbeddedFace]) -> float:
        """Faces a second that one caller enrols."""
        began = time.perf_counter()
        for number, photo in enumerate(photos):
            origin = Origin(f"{time.time_ns():064x}", "upload")
            await store.keep(self.ref, MemberDraft(f"new{number}"), photo, origin, self.model, replace=False)
        return len(photos) / (time.perf_counter() - began)


def main() -> None:
    """Print the table, a row as soon as it is known."""
    options = _options()
    population = load(options.embeddings)
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="face-bench-", dir=options.folder) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder) / "postgres") as url:
            migrate(url)
            for faces in options.faces:
                asyncio.run(_measure(url, Path(folder) / f"index-{faces}", population, faces, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=lambda text: [int(word) for word in text.split(",")], default=[10_000, 100_000])
    parser.add_argument("--embeddings", type=Path, required=True, help="npz with embeddings and people")
    parser.add_argument("--probes", type=int, default=200, help="searches of each kind (200)")
    parser.add_argument("--exact", type=int, default=100, help="of which are asked exactly too (100)")
    parser.add_argument("--dimensions", type=int, default=128, help="kept by the index (128)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="that scan (cores)")
    parser.add_argument("--folder", type=Path, default=None, help="where the database goes (the system's own)")
    return parser.parse_args()


async def _measure(url: str, folder: Path, population: Population, faces: int, options: argparse.Namespace) -> None:
    dimensions = len(population.mean)
    asked = Collection(CollectionRef("default", f"c{faces}"), _model(dimensions))
    took = fill(url, asked.ref, asked.model, population, faces)
    print(f"<!-- {faces:,} × {dimensions} copied in {took:.0f} s, {_load()} -->", flush=True)
    probes = _probes(population, faces, options.probes)
    chosen = Options(Backend.FAISS, folder, options.dimensions, faces, options.threads)
    async with _opened(url, chosen) as search:
        exact = await asked.ask(search.exact, probes.first(options.exact))
        print(f"| {faces:,} | Postgres, exact | {exact.speed} | 1 | 1 | {_load()} |", flush=True)
        began = time.perf_counter()
        await search.refresh()
        built = f"built and tried in {time.perf_counter() - began:.1f} s, {_bytes(folder) / 1e6:.0f} MB"
        await asked.ask(search.strict, probes.first(20))
        found = await asked.ask(search.strict, probes)
        print(f"| {faces:,} | index | {found.speed} | {found.recall(exact)} | {built}, {_load()} |", flush=True)
        print(f"<!-- {await _while_enrolling(asked, search.strict, probes, population)}, {_load()} -->", flush=True)


@asynccontextmanager
async def _opened(url: str, options: Options) -> AsyncIterator[Search]:
    async with (
        open_pool(url, size=8, timeout=60) as pool,
        open_search(pool, PgFaceStore(pool), options, sampled=0, keep=False) as search,
    ):
        yield search


async def _while_enrolling(asked: Collection, store: FaceStore, probes: Probes, population: Population) -> str:
    """How fast one caller enrols while another searches, and how fast that one is served."""
    rng = np.random.default_rng(SEED + 99)
    photos = [_embedded(photo) for photo in population.faces(population.members(ENROLLED, rng), rng)]
    task = asyncio.create_task(asked.enrol(store, photos))
    times: list[float] = []
    while not task.done():
        times += (await asked.ask(store, probes.first(1))).times
    return f"while {await task:.0f} faces/s are enrolled: searches p95 {np.percentile(times, 95):.1f} ms"


def _probes(population: Population, faces: int, count: int) -> Probes:
    # The same draw as the crowd's first, so these are people who are there.
    first = population.members(min(10_000, -(-faces // FACES_A_MEMBER)), np.random.default_rng(SEED))
    rng = np.random.default_rng(SEED + 7)
    known = population.faces(first[rng.choice(len(first), count)], rng)
    strangers = population.faces(population.members(count, rng), rng)
    return Probes([unit(probe) for probe in known], [unit(probe) for probe in strangers])


def _embedded(photo: np.ndarray) -> EmbeddedFace:
    found = DetectedFace(Box(0.3, 0.3, 0.4, 0.4), np.full((5, 2), 0.5, np.float32), 0.9)
    aligned = AlignedFace(found, np.zeros((112, 112, 3), np.uint8), Quality(0.8), Pose(0, 0, 0))
    return EmbeddedFace(aligned, unit(photo))


def _agreement(found: Sequence[Sequence[Candidate]], exact: Sequence[Sequence[Candidate]]) -> float:
    pairs = list(zip(found, exact, strict=False))
    return sum(one[0].similarity >= other[0].similarity - EQUAL for one, other in pairs) / len(pairs)


def _model(dimensions: int) -> Model:
    return Model("bench", f"{dimensions:064d}", dimensions, "none", commercial=True)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _load() -> str:
    """Who else is at work: figures of a busy machine are no measure of this one."""
    return f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores"


if __name__ == "__main__":
    main()
