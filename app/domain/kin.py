"""Faces that are nobody's yet, sorted into people by how alike they are said to be: of these nobody shows an embedding.

The same average linkage as in app.domain.groups. There a group is a sum of vectors; here what is known between two
groups is the sum of the likenesses between their faces. Of pairs of which nothing is said it counts as none.
"""

from dataclasses import dataclass

import numpy as np

from app.domain.groups import ALONE, Edges, Marks, Numbers, Vectors, among, numbered, of_one_photo, put_together


@dataclass(frozen=True, slots=True, eq=False)
class Kin:
    """N faces to be grouped. a, b, similarity: pairs of them, a < b, each once. photos, clear: see groups.Crowd."""

    a: Numbers
    b: Numbers
    similarity: Vectors
    photos: Numbers
    clear: Marks


def group_kin(kin: Kin, cut: float) -> Numbers:
    """See app.domain.groups.group. Time and memory grow with the number of pairs."""
    both = kin.clear[kin.a] & kin.clear[kin.b]
    labels = np.full(len(kin.photos), ALONE, dtype=np.int64)
    clear = np.flatnonzero(kin.clear)
    place = np.cumsum(kin.clear) - 1
    labels[clear] = _linked(place[kin.a[both]], place[kin.b[both]], kin.similarity[both], kin.photos[clear], cut)
    _join(kin, labels, cut)
    return numbered(labels)


def typical(kin: Kin, labels: Numbers) -> Vectors:
    """How alike each face is to the others of its group, on average; 0 for one that has none."""
    same = (labels[kin.a] == labels[kin.b]) & (labels[kin.a] != ALONE)
    sums = np.zeros(len(labels))
    for end in (kin.a, kin.b):
        np.add.at(sums, end[same], kin.similarity[same])
    others = np.bincount(labels + 1)[labels + 1] - 1
    return np.asarray(np.where(labels == ALONE, 0, sums / np.maximum(others, 1)), dtype=np.float32)


def _linked(a: Numbers, b: Numbers, sums: Vectors, photos: Numbers, cut: float) -> Numbers:
    labels, counts = np.arange(len(photos)), np.ones(len(photos), dtype=np.int64)
    apart = of_one_photo(photos)
    while True:
        edges = Edges(a, b, (sums / (counts[a] * counts[b])).astype(np.float32))
        edges = edges.where((edges.similarity >= cut) & ~among(a * len(counts) + b, apart))
        if not len(edges.a):
            return labels
        into = put_together(len(counts), edges)
        labels, size = into[labels], int(into.max()) + 1
        first, second = np.divmod(apart, len(counts))
        apart = np.unique(_keys(into[first], into[second], size))
        counts = np.bincount(into, weights=counts, minlength=size).astype(np.int64)
        a, b, sums = _summed(into[a], into[b], sums, size)


def _summed(a: Numbers, b: Numbers, sums: Vectors, size: int) -> tuple[Numbers, Numbers, Vectors]:
    """Each pair once, with the sum of what is known of it; what has become one group is no pair any more."""
    two = a != b
    keys, place = np.unique(_keys(a[two], b[two], size), return_inverse=True)
    first, second = np.divmod(keys, size)
    return first, second, np.bincount(place, weights=sums[two], minlength=len(keys)).astype(np.float32)


def _keys(a: Numbers, b: Numbers, size: int) -> Numbers:
    keys: Numbers = np.minimum(a, b) * size + np.maximum(a, b)
    return keys


def _join(kin: Kin, labels: Numbers, cut: float) -> None:
    """Give the faces that are not clear to the groups that are most like them, the most similar first."""
    size = int(labels.max(initial=-1)) + 1
    counts = np.bincount(labels[labels != ALONE], minlength=size)
    known: dict[tuple[int, int], float] = {}
    for one, other in ((kin.a, kin.b), (kin.b, kin.a)):
        for row in np.flatnonzero(~kin.clear[one] & kin.clear[other]).tolist():
            wish = (int(one[row]), int(labels[other[row]]))
            known[wish] = known.get(wish, 0.0) + float(kin.similarity[row])
    wishes = sorted((-total / counts[chosen], face, chosen) for (face, chosen), total in known.items())
    taken = {(int(labels[face]), int(kin.photos[face])) for face in np.flatnonzero(labels != ALONE)}
    for distance, face, chosen in wishes:
        place = (chosen, int(kin.photos[face]))
        if -distance >= cut and labels[face] == ALONE and place not in taken:
            taken.add(place)
            labels[face] = chosen
