"""A segment and what changed since.

The event loop's thread alone changes it; threads that scan see it as it was when they began.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from app.store.index import shard
from app.store.index.basis import Vectors
from app.store.index.segment import Mark, Segment
from app.store.index.shard import Found, Shard

OPEN_ROWS = 1_024
"""Late faces that are kept apart until they make a shard of their own."""
FACES_A_MEMBER = 4
"""How many faces are asked for per member wanted, to begin with."""
WIDER = 4
"""How many times as many are asked for where they were of too few members."""
FACES_COMPARED = 8
"""Most faces of one member that are candidates: one with hundreds of photos does not crowd out the others."""
NEAR = 4_096
"""Faces that are looked after where some turn out to be gone: those of one person go together."""


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Faces that came between two marks, in the database's words. ids: 16 bytes each."""

    ids: tuple[bytes, ...]
    members: tuple[int, ...]
    vectors: Vectors
    until: Mark


@dataclass(slots=True, eq=False)
class _Tail:
    """The late faces that make no shard yet. Rows are only ever added: a view of the first few stays as it is."""

    rows: Vectors
    ids: list[bytes] = field(default_factory=list)
    members: list[int] = field(default_factory=list)

    def best(self, probe: Vectors) -> Found:
        """All of them. There are few."""
        count = len(self.ids)
        ids = np.array(self.ids[:count], dtype=shard.FACE_ID)
        return Found(self.rows[:count] @ probe, ids, np.array(self.members[:count], dtype=np.int32))


class LiveIndex:
    """What a search asks for candidates. mark: up to where it knows the database."""

    def __init__(self, segment: Segment, scan: Executor) -> None:
        """Begin with a segment. scan: threads to scan its shards with."""
        self.mark = segment.mark
        self.basis = segment.basis
        self.built = segment.size
        self._shards = list(segment.shards)
        self._scan = scan
        self._late: set[bytes] = set()
        self._dead: set[bytes] = set()
        self._tail = _Tail(self._empty())

    @property
    def size(self) -> int:
        """Faces it holds, those among them that are gone from the database."""
        return self.built + len(self._late)

    @property
    def late(self) -> int:
        """Faces that came after it was built."""
        return len(self._late)

    def learn(self, since: Mark, changes: Changes) -> None:
        """Take in what came after `since`. The same face may come twice: two searches may have asked at once."""
        fresh = [place for place, face in enumerate(changes.ids) if face not in self._late]
        if fresh:
            self._append(changes, fresh)
        if self.mark == since:
            self.mark = changes.until

    def forget(self, faces: Iterable[bytes]) -> None:
        """Leave out faces that the database does not have any more. An id never comes back."""
        self._dead.update(faces)

    def candidates(self, probe: Vectors, members: int) -> list[bytes]:
        """The faces most similar to a probe, best first, of at least so many members if there are so many."""
        aimed = self.basis.steps(probe)
        count = FACES_A_MEMBER * members
        while True:
            found, complete = self._best(aimed, count)
            chosen, enough = _choose(found, members, self._dead)
            if enough or complete:
                return chosen
            count *= WIDER

    def near(self, probe: Vectors, count: int = NEAR) -> list[bytes]:
        """The `count` faces most similar to a probe, whosever they are, best first."""
        found, _ = self._best(self.basis.steps(probe), count)
        return [face for face, _ in _alive(found, self._dead)]

    def _best(self, probe: Vectors, count: int) -> tuple[Found, bool]:
        """The best of every part, best first, and whether that is all there is."""
        # The tail first: where it is made a shard in between, its faces are seen twice and not missed.
        tail = self._tail.best(probe)
        shards = tuple(self._shards)
        found = [tail, *self._scan.map(_scanner(probe, count), shards)]
        joined = Found(*(np.concatenate([getattr(part, name) for part in found]) for name in Found.__slots__))
        order = np.argsort(-joined.scores, kind="stable")[:count]
        everything = sum(len(part.faces) for part in shards) + len(tail.scores)
        return Found(joined.scores[order], joined.faces[order], joined.members[order]), count >= everything

    def _append(self, changes: Changes, fresh: list[int]) -> None:
        steps = self.basis.steps(changes.vectors[fresh])
        for row, place in zip(steps, fresh, strict=True):
            if len(self._tail.ids) == len(self._tail.rows):
                self._seal()
            self._tail.rows[len(self._tail.ids)] = row
            self._tail.members.append(changes.members[place])
            self._tail.ids.append(changes.ids[place])  # last: a scan counts these
            self._late.add(changes.ids[place])

    def _seal(self) -> None:
        tail = self._tail
        ids = np.array(tail.ids, dtype=shard.FACE_ID)
        self._shards.append(Shard(shard.encode(tail.rows), ids, np.array(tail.members, dtype=np.int32)))
        self._tail = _Tail(self._empty())

    def _empty(self) -> Vectors:
        return np.zeros((OPEN_ROWS, self.basis.kept), np.float32)


def _scanner(probe: Vectors, count: int) -> Callable[[Shard], Found]:
    return lambda part: part.best(probe, count)


def _choose(found: Found, members: int, dead: set[bytes]) -> tuple[list[bytes], bool]:
    """The best few faces of each of the first `members` members, and whether there are so many."""
    chosen: dict[bytes, None] = {}
    of: Counter[int] = Counter()
    for face, member in _alive(found, dead):
        of[member] += 1
        if len(of) > members:
            return list(chosen), True
        if of[member] <= FACES_COMPARED:
            chosen[face] = None
    return list(chosen), len(of) >= members


def _alive(found: Found, dead: set[bytes]) -> Iterator[tuple[bytes, int]]:
    pairs = zip(found.faces.tolist(), found.members.tolist(), strict=True)
    return ((face, member) for face, member in pairs if face not in dead)
