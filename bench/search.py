"""How fast and how right searches are: `python -m bench.search --faces 10000,100000,1000000 --embeddings FILE`.

Fills a Postgres of its own with people drawn from the spread of real embeddings, and asks the store itself, without
HTTP or models: exactly, and through the index in memory.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from app.domain.collections import CollectionRef, Model
from app.domain.faces import AlignedFace, Box, DetectedFace, EmbeddedFace, Pose, Quality, unit
from app.domain.members import MemberDraft, Origin
from app.domain.search import Backend
from app.ports import FaceStore
from app.store.embedded import EmbeddedPostgres
from app.store.faces import PgFaceStore
from app.store.index.keeper import Options
from app.store.index.open import Search, open_search
from app.store.migrate import migrate
from app.store.pool import Pool, open_pool
from bench.identities import FACES_A_MEMBER, Population, crowd, load

SEED = 1
NEIGHBOURS = 100
"""Other collections beside the one that is searched, of skewed sizes, with a tenth as many faces in all."""
EQUAL = 1e-3


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    faces: int
    search: str
    p50: float
    p95: float
    recall_known: float
    recall_strangers: float
    note: str

    def __str__(self) -> str:
        figures = f"{self.p50:.1f} / {self.p95:.1f} | {self.recall_known:.4f} | {self.recall_strangers:.4f}"
        return f"| {self.faces:,} | {self.search} | {figures} | {self.note} |"


def main() -> None:
    """Print the table, a row as soon as it is known."""
    options = _options()
    population = load(options.embeddings)
    print("| faces | search | p50 / p95 ms | recall@1, enrolled | recall@1, strangers | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="face-bench-", dir=options.folder) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder) / "postgres") as url:
            migrate(url)
            for faces in options.faces:
                asyncio.run(_measure(url, Path(folder) / "index", population, faces, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=lambda text: [int(word) for word in text.split(",")], default=[10_000, 100_000])
    parser.add_argument("--embeddings", type=Path, required=True, help="npz with embeddings and people")
    parser.add_argument("--probes", type=int, default=200, help="searches of each kind (200)")
    parser.add_argument("--exact", type=int, default=100, help="of which are asked exactly too (100)")
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, default=None, help="where the database goes (the system's own)")
    return parser.parse_args()


async def _measure(url: str, folder: Path, population: Population, faces: int, options: argparse.Namespace) -> None:
    dimensions = len(population.mean)
    model = Model("bench", f"{dimensions:064d}", dimensions, "none", commercial=True)
    ref = CollectionRef("default", f"c{faces}")
    took = _fill(url, ref, model, population, faces)
    print(f"<!-- {faces:,} faces copied in {took:.0f} s -->", flush=True)
    async with _opened(url, folder / str(faces), options) as (pool, exact, search):
        known, strangers = _probes(population, faces, options.probes)
        truth, exact_line = await _exactly(exact, ref, model, known[: options.exact], strangers[: options.exact])
        print(exact_line(faces), flush=True)
        began = time.perf_counter()
        await search.refresh()
        built, memory = time.perf_counter() - began, _bytes(folder)
        note = f"built and tried in {built:.1f} s, {memory / 1e6:.0f} MB"
        line = await _indexed(search.strict, ref, model, known, strangers, truth)
        print(line(faces, note), flush=True)
        rate, p95 = await _while_enrolling(search.strict, ref, model, known, population)
        print(f"<!-- while enrolling {rate:.0f} faces/s: searches p95 {p95:.1f} ms -->", flush=True)
        print(f"<!-- {json.dumps([str(state.trial) for state in search.state().indexes])} -->", flush=True)


@asynccontextmanager
async def _opened(
    url: str, folder: Path, options: argparse.Namespace
) -> AsyncIterator[tuple[Pool, FaceStore, Search]]:
    chosen = Options(Backend.FAISS, folder, options.dimensions, min(options.faces), options.threads)
    async with open_pool(url, size=8, timeout=60) as pool:
        exact = PgFaceStore(pool)
        async with open_search(pool, exact, url, chosen, sampled=0, keep=False) as search:
            yield pool, exact, search


def _fill(url: str, ref: CollectionRef, model: Model, population: Population, faces: int) -> float:
    """Copy members and faces in, past the triggers, as a restore would. Seconds."""
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set search_path = face, extensions, public")
        conn.execute("set session_replication_role = replica")
        model_id = _model_id(conn, ref, model)
        for start, vectors in crowd(population, faces, SEED):
            _copy(conn, ref.name, model_id, start, vectors)
        for number, size in enumerate(_skewed(faces // 10)):
            name = f"{ref.name}-{number}"
            conn.execute("insert into collection values ('default', %s, 'members', %s)", [name, model_id])
            for start, vectors in crowd(population, size, SEED + 1 + number):
                _copy(conn, name, model_id, start, vectors)
        conn.execute("vacuum analyze member")
        conn.execute("vacuum analyze face")
    return time.perf_counter() - began


def _skewed(total: int) -> Sequence[int]:
    shares = 1 / np.arange(1, NEIGHBOURS + 1)
    return [max(1, int(size)) for size in total * shares / shares.sum()]


def _model_id(conn: psycopg.Connection, ref: CollectionRef, model: Model) -> int:
    conn.execute(
        "insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)"
        " values ('default', %s, %s, %s, '', true) on conflict do nothing",
        [model.name, model.recogniser_sha256, model.dimensions],
    )
    row = conn.execute("select model_id from model where recogniser_sha256 = %s", [model.recogniser_sha256]).fetchone()
    assert row
    conn.execute("insert into collection values ('default', %s, 'members', %s)", [ref.name, row[0]])
    return int(row[0])


def _copy(conn: psycopg.Connection, collection: str, model_id: int, start: int, vectors: np.ndarray) -> None:
    names = sorted({(start + place) // FACES_A_MEMBER for place in range(len(vectors))})
    with conn.cursor().copy("copy member (tenant_id, collection, member_id, name, metadata) from stdin") as copy:
        for name in names:
            copy.write_row(["default", collection, f"m{name}", f"Name {name}", "{}"])
    columns = "tenant_id, collection, member_id, model_id, digest, embedding, box_left, box_top, box_width, box_height"
    with conn.cursor().copy(
        f"copy face ({columns}, landmarks, det_score, quality, reasons, source) from stdin".encode()
    ) as copy:
        for place, vector in enumerate(vectors.astype(np.float16).tolist(), start):
            member = f"m{place // FACES_A_MEMBER}"
            row = ["default", collection, member, model_id, f"{place:064x}", str(vector), 0.3, 0.3, 0.4, 0.4]
            copy.write_row([*row, "{" + ",".join(["0.5"] * 10) + "}", 0.9, 0.8, "{}", "upload"])


def _probes(population: Population, faces: int, count: int) -> tuple[list, list]:
    """New photos of some of the first 10,000 members, and of people who are not there."""
    rng = np.random.default_rng(SEED)
    first = population.members(min(10_000, -(-faces // FACES_A_MEMBER)), rng)
    rng = np.random.default_rng(SEED + 7)
    known = population.faces(first[rng.choice(len(first), count)], rng)
    strangers = population.faces(population.members(count, rng), rng)
    return [unit(probe) for probe in known], [unit(probe) for probe in strangers]


async def _exactly(exact, ref, model, known, strangers):
    found, times = await _search(exact, ref, model, [*known, *strangers])
    p50, p95 = np.percentile(times, [50, 95])
    return (
        (found[: len(known)], found[len(known) :]),
        lambda faces: Line(faces, "Postgres, exact", p50, p95, 1, 1, ""),
    )


async def _indexed(store, ref, model, known, strangers, truth):
    await _search(store, ref, model, known[:20])
    found, times = await _search(store, ref, model, [*known, *strangers])
    p50, p95 = np.percentile(times, [50, 95])
    recalls = _recall(found[: len(known)], truth[0]), _recall(found[len(known) :], truth[1])
    return lambda faces, note: Line(faces, "index in memory", p50, p95, *recalls, note)


def _recall(found, truth) -> float:
    pairs = list(zip(found, truth, strict=False))
    return sum(one[0].similarity >= other[0].similarity - EQUAL for one, other in pairs) / len(pairs)


async def _search(store: FaceStore, ref, model, probes):
    found, times = [], []
    for probe in probes:
        began = time.perf_counter()
        found.append((await store.nearest(ref, [probe], model, 5))[0])
        times.append((time.perf_counter() - began) * 1000)
    return found, times


async def _while_enrolling(store, ref, model, probes, population) -> tuple[float, float]:
    """Faces a second that one caller enrols while another searches, and the 95th percentile of the searches."""
    rng = np.random.default_rng(99)
    photos = population.faces(population.members(300, rng), rng)
    landmarks = np.full((5, 2), 0.5, np.float32)
    aligned = AlignedFace(
        DetectedFace(Box(0.3, 0.3, 0.4, 0.4), landmarks, 0.9), np.zeros((112, 112, 3), np.uint8), Quality(0.8), Pose(0, 0, 0)
    )

    async def enrol() -> float:
        began = time.perf_counter()
        for number, photo in enumerate(photos):
            origin = Origin(f"{time.time_ns():064x}", "upload")
            face = EmbeddedFace(aligned, unit(photo))
            await store.keep(ref, MemberDraft(f"new{number}"), face, origin, model, replace=False)
        return len(photos) / (time.perf_counter() - began)

    task = asyncio.create_task(enrol())
    times: list[float] = []
    while not task.done():
        times += (await _search(store, ref, model, [probes[len(times) % len(probes)]]))[1]
    return await task, float(np.percentile(times, 95))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
