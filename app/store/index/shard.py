"""Faces in a few dimensions, of which a scan finds the most similar."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.store.index.basis import Vectors

FACE_ID = np.dtype("V16")
"""A UUID's bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Faces, not sorted. scores: dot products within the basis."""

    scores: NDArray[np.float32]
    faces: NDArray[np.void]
    members: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Some faces, never changed. codes: a faiss index of bytes; the others stand in its order.

    members: a hash of each face's member, enough to tell two members apart.
    """

    codes: Any
    faces: NDArray[np.void]
    members: NDArray[np.int32]

    def best(self, probe: Vectors, count: int) -> Found:
        """The `count` faces nearest to a probe within the basis, or all. Runs without the interpreter's lock."""
        scores, places = self.codes.search(probe.reshape(1, -1), min(count, len(self.faces)))
        return Found(scores[0], self.faces[places[0]], self.members[places[0]])


def _faiss() -> Any:  # noqa: ANN401 – faiss has no types
    """The library, read once the first index is made: most services never have one, and all wait for what they read."""
    import faiss  # noqa: PLC0415 – see above

    return faiss


def encode(steps: Vectors) -> Any:  # noqa: ANN401 – faiss has no types
    """Whole numbers from −128 to 127 as a faiss index: a byte each, compared by dot product."""
    faiss = _faiss()
    kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
    codes = faiss.IndexScalarQuantizer(steps.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    codes.is_trained = True  # bytes that are taken as they are leave nothing to learn
    codes.add(steps)
    return codes


def save(codes: Any, path: Path) -> None:  # noqa: ANN401
    _faiss().write_index(codes, str(path))


def load(path: Path) -> Any:  # noqa: ANN401
    """The index in the file, which stays there: its pages are shared by all who load it."""
    faiss = _faiss()
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def use_one_thread() -> None:
    """Let faiss work on the calling thread alone: whoever calls has threads of their own."""
    _faiss().omp_set_num_threads(1)
