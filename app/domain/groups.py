"""Faces that are nobody's yet, sorted into people: which of them belong together.

Average linkage (UPGMA, Sokal and Michener 1958): two groups are as alike as their faces are on average; the most alike
are put together first, until none are alike enough. So one face between two people cannot chain them, as it does where
the nearest faces decide. The average over all pairs of unit vectors is the product of the groups' sums, so that no
table of all pairs is kept: a group is a sum and a count.

Groups that are each other's best are put together at once, a whole round of them at a time. That gives what one after
the other gives, since what was put together is never more like a third than the better of its parts was (reducibility,
Bruynooghe 1977). Two that must stay apart count as utterly unlike, which keeps it true.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]

NEIGHBOURS = 32
"""Others that each group is held against at first, the most alike. Those left out are looked for again at the end."""
ROWS = 256
"""Groups held against all others at once: 20 MB for 20,000."""
PAIRS = 65_536
"""Pairs whose vectors are in memory at once: 70 MB for 128 dimensions."""
LOT = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ over the golden ratio: multiplied by it, neighbouring numbers come to lie far apart."""

ALONE = -1
"""The group of a face that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Faces to be grouped. vectors: N × D, of length one. photos: N, a number for the photo that each face is in.

    clear: N, whether a face is good enough to say who belongs together; the others only join.
    """

    vectors: Vectors
    photos: Numbers
    clear: Marks


def group(crowd: Crowd, cut: float) -> Numbers:
    """The group of each face, or ALONE; a group has two faces or more, and groups are numbered by their first faces.

    cut: least similarity, a cosine, that two parts of a group have on average. No group has two faces of one photo:
    nobody is in a photo twice. The same crowd gives the same groups. Time grows with N², memory with N.
    """
    clear = np.flatnonzero(crowd.clear)
    labels = np.full(len(crowd.photos), ALONE, dtype=np.int64)
    if len(clear):
        labels[clear] = _linked(crowd.vectors[clear], crowd.photos[clear], cut)
        _join(crowd, labels, cut)
    return numbered(labels)


def centres(vectors: Vectors, labels: Numbers) -> Vectors:
    """What the faces of each group have in common, of length one: groups × D. labels: 0 … and no ALONE."""
    sums = _sums(vectors, labels, int(labels.max(initial=-1)) + 1)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    scaled: Vectors = (sums / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """sums: M × D; counts: M; apart: keys of the pairs that are never put together, sorted."""

    sums: Vectors
    counts: Numbers
    apart: Numbers

    @property
    def size(self) -> int:
        return len(self.counts)

    def keys(self, a: Numbers, b: Numbers) -> Numbers:
        """A number for each pair, whichever of the two is named first."""
        keys: Numbers = np.minimum(a, b) * self.size + np.maximum(a, b)
        return keys

    def similarities(self, a: Numbers, b: Numbers) -> Vectors:
        """On average between the faces of the one and of the other."""
        found = np.empty(len(a), dtype=np.float32)
        for start in range(0, len(a), PAIRS):
            some = slice(start, start + PAIRS)
            found[some] = np.einsum("ij,ij->i", self.sums[a[some]], self.sums[b[some]])
        found /= self.counts[a] * self.counts[b]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Pairs of groups that may be put together, each once, a < b."""

    a: Numbers
    b: Numbers
    similarity: Vectors

    def where(self, kept: Marks | Numbers) -> "Edges":
        return Edges(self.a[kept], self.b[kept], self.similarity[kept])


def _linked(vectors: Vectors, photos: Numbers, cut: float) -> Numbers:
    groups = _Groups(vectors, np.ones(len(photos), dtype=np.int64), of_one_photo(photos))
    labels = np.arange(len(photos))
    while len((edges := _neighbours(groups, cut)).a):
        while len(edges.a):
            merged = put_together(groups.size, edges)
            labels, groups = merged[labels], _after(groups, merged)
            edges = _between(groups, edges, merged, cut)
    return labels


def of_one_photo(photos: Numbers) -> Numbers:
    """Keys of all pairs of faces that are in one photo."""
    order = np.argsort(photos, kind="stable").astype(np.int64)
    found = [np.zeros(0, dtype=np.int64)]
    for step in range(1, len(order)):
        first, second = order[:-step], order[step:]
        same = photos[first] == photos[second]
        if not same.any():
            break
        found.append(np.minimum(first, second)[same] * len(photos) + np.maximum(first, second)[same])
    return np.sort(np.concatenate(found))


def _neighbours(groups: _Groups, cut: float) -> Edges:
    """Each group with the NEIGHBOURS that are most like it, as far as they may be put together."""
    means = _means(groups.sums, groups.counts)
    a, b, similarity = (np.concatenate(parts) for parts in zip(*_near(means, cut), strict=True))
    edges = Edges(np.minimum(a, b), np.maximum(a, b), similarity)
    return _allowed(groups, _once(groups, edges), cut)


def _near(means: Vectors, cut: float) -> Iterator[tuple[Numbers, Numbers, Vectors]]:
    for start in range(0, len(means), ROWS):
        table = means[start : start + ROWS] @ means.T
        rows = np.arange(len(table))
        table[rows, rows + start] = -1
        _thin(table, cut)
        row, column = np.divmod(np.flatnonzero(table >= cut), len(means))
        # Where many are equally similar, as copies of one photo are, no row has more than its share all the same.
        few = np.arange(len(row)) - np.searchsorted(row, rows)[row] < NEIGHBOURS
        yield row[few] + start, column[few], table[row[few], column[few]]


def _thin(table: Vectors, cut: float) -> None:
    """Leave the NEIGHBOURS best of each row that has more; what goes is −1."""
    crowded = np.flatnonzero(np.count_nonzero(table >= cut, axis=1) > NEIGHBOURS)
    if len(crowded):
        some = table[crowded]
        least = np.partition(some, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS]
        some[some < least[:, None]] = -1
        table[crowded] = some


def _once(groups: _Groups, edges: Edges) -> Edges:
    return edges.where(np.unique(groups.keys(edges.a, edges.b), return_index=True)[1])


def _allowed(groups: _Groups, edges: Edges, cut: float) -> Edges:
    apart = among(groups.keys(edges.a, edges.b), groups.apart)
    return edges.where((edges.similarity >= cut) & ~apart)


def among(keys: Numbers, known: Numbers) -> Marks:
    """Which keys are known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    found: Marks = known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys
    return found


def put_together(size: int, edges: Edges) -> Numbers:
    """The new number of each group, the same for two that are each other's best."""
    best, here = _best(size, edges), np.arange(size)
    mutual = (best >= 0) & (best[best] == here)
    return np.unique(np.where(mutual, np.minimum(here, best), here), return_inverse=True)[1].astype(np.int64)


def _best(size: int, edges: Edges) -> Numbers:
    """The most similar other of each group, −1 where it has none.

    All groups order the edges alike, so that the first of all is the best of both its ends: every round merges some.
    Equals are ordered as if by lot (Knuth's multiplicative hash): copies of one photo would else merge one a round.
    """
    rank = np.empty(len(edges.a), dtype=np.int64)
    lots = (edges.a * size + edges.b).astype(np.uint64) * LOT
    order = np.lexsort((lots, -edges.similarity))
    rank[order] = np.arange(len(order))
    first = np.full(size, len(order), dtype=np.int64)
    np.minimum.at(first, edges.a, rank)
    np.minimum.at(first, edges.b, rank)
    linked = np.flatnonzero(first < len(order))
    edge = order[first[linked]]
    best = np.full(size, -1, dtype=np.int64)
    best[linked] = edges.a[edge] + edges.b[edge] - linked
    return best


def _after(groups: _Groups, merged: Numbers) -> _Groups:
    """The groups of the next round."""
    size = int(merged.max()) + 1
    counts = np.bincount(merged, weights=groups.counts, minlength=size).astype(np.int64)
    after = _Groups(_sums(groups.sums, merged, size), counts, groups.apart)
    a, b = np.divmod(groups.apart, groups.size)
    return _Groups(after.sums, counts, np.unique(after.keys(merged[a], merged[b])))


def _sums(vectors: Vectors, labels: Numbers, size: int) -> Vectors:
    """Sums of the vectors with one label, of which there are `size`, none of them unused."""
    if not size:
        return vectors[:0]
    order = np.argsort(labels, kind="stable")
    sums: Vectors = np.add.reduceat(vectors[order], np.searchsorted(labels[order], np.arange(size)), axis=0)
    return sums


def _means(sums: Vectors, counts: Numbers) -> Vectors:
    means: Vectors = np.divide(sums, counts[:, None], dtype=np.float32)
    return means


def _between(after: _Groups, edges: Edges, merged: Numbers, cut: float) -> Edges:
    """The edges of the next round; similarities are taken anew where one of the two has grown."""
    grown = np.bincount(merged, minlength=after.size) > 1
    a, b = merged[edges.a], merged[edges.b]
    left = Edges(np.minimum(a, b), np.maximum(a, b), edges.similarity).where(a != b)
    left = _once(after, left)
    fresh = grown[left.a] | grown[left.b]
    left.similarity[fresh] = after.similarities(left.a[fresh], left.b[fresh])
    return _allowed(after, left, cut)


def _join(crowd: Crowd, labels: Numbers, cut: float) -> None:
    """Give the faces that are not clear to the groups that are most like them, the most similar first.

    The groups stay what the clear faces made them: whoever joins has no say in who else does.
    """
    unclear, clear = np.flatnonzero(~crowd.clear), np.flatnonzero(crowd.clear)
    size = int(labels.max()) + 1
    means = _means(_sums(crowd.vectors[clear], labels[clear], size), np.bincount(labels[clear]))
    taken = set(zip(labels[clear].tolist(), crowd.photos[clear].tolist(), strict=True))
    for face, chosen in _wishes(crowd.vectors[unclear], means, cut):
        place = (chosen, int(crowd.photos[unclear[face]]))
        if labels[unclear[face]] == ALONE and place not in taken:
            taken.add(place)
            labels[unclear[face]] = chosen


def _wishes(vectors: Vectors, means: Vectors, cut: float) -> list[tuple[int, int]]:
    """Faces and the groups they may join, the most similar first."""
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(vectors), ROWS):
        table = vectors[start : start + ROWS] @ means.T
        row, column = np.divmod(np.flatnonzero(table >= cut), len(means))
        found += zip((-table[row, column]).tolist(), (row + start).tolist(), column.tolist(), strict=True)
    return [(face, chosen) for _, face, chosen in sorted(found)]


def numbered(labels: Numbers) -> Numbers:
    """The same groups numbered by their first faces, without those of a single face."""
    counts = np.bincount(labels + 1)
    grouped = (labels != ALONE) & (counts[labels + 1] > 1)
    _, first, place = np.unique(labels[grouped], return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    numbered = np.full(len(labels), ALONE, dtype=np.int64)
    numbered[grouped] = order[place]
    return numbered
