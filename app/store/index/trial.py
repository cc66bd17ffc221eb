"""Try an index on its own collection before it answers anybody."""

import time
from collections.abc import Sequence
from statistics import median

import psycopg

from app.domain.collections import Model
from app.domain.faces import Embedding, unit
from app.domain.members import Candidate
from app.domain.search import Trial
from app.ports import FaceStore
from app.store.index import feed
from app.store.index.feed import Shelf
from app.store.index.recall import EQUAL
from app.store.pool import Pool, translated

PROBES = 20


def probes(pool: Pool, shelf: Shelf) -> list[Embedding]:
    """Some of the collection's own faces; the planner knows them as well from here on."""
    with translated(), psycopg.connect(pool.database_url, autocommit=True, prepare_threshold=None) as conn:
        feed.analyze(conn)
        feed.begin(conn, shelf.tenant_id, pool.role)
        return [unit(vector) for vector in feed.sample(conn, shelf, PROBES)[: 2 * PROBES]]


async def compare(indexed: FaceStore, exact: FaceStore, shelf: Shelf, asked: Sequence[Embedding]) -> Trial:
    """Search for every probe both ways: a face finds its own member in any index, so what counts is who comes next."""
    agreed, exact_ms, index_ms = [], [0.0], [0.0]
    for probe in asked:
        expected, took = await _search(exact, shelf, probe)
        exact_ms.append(took)
        found, took = await _search(indexed, shelf, probe)
        index_ms.append(took)
        agreed.append(_agree(expected, found))
    return Trial(sum(agreed) / max(len(agreed), 1), median(exact_ms), median(index_ms))


def _agree(expected: Sequence[Candidate], found: Sequence[Candidate]) -> bool:
    if len(found) < len(expected):
        return False
    pairs = zip(found, expected, strict=False)
    return all(one.similarity >= other.similarity - EQUAL for one, other in pairs)


async def _search(store: FaceStore, shelf: Shelf, probe: Embedding) -> tuple[list[Candidate], float]:
    """The two nearest members, and the milliseconds it took."""
    model = Model("", shelf.recogniser_sha256, shelf.dimensions, "", commercial=False)
    began = time.perf_counter()
    [found] = await store.nearest(shelf.ref, [probe], model, 2)
    return found, (time.perf_counter() - began) * 1000
