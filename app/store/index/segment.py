"""A collection as it was at one moment, in files that never change.

folder/meta.json    the moment, how many faces, the basis's scale; written last
folder/basis.npy    dimensions × kept, float32
folder/faces.npy    one id a face
folder/members.npy  one hash a face
folder/N.codes      the faces from N × SHARD on, as shard.encode makes them

Whoever opens them maps them into memory, so that there is one copy a machine however many processes search.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.store.index import shard
from app.store.index.basis import Basis
from app.store.index.shard import Shard

SHARD = 262_144
"""Faces that are scanned at a stretch, 32 MB of them: threads share a large collection by these."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment in a database's life.

    origin: which database, and since when it runs: after a restart it may have been put back to an earlier state.
    snapshot: which of its transactions were to be seen (pg_snapshot, as text).
    """

    origin: str
    snapshot: str


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    basis: Basis
    shards: tuple[Shard, ...]
    mark: Mark

    @property
    def size(self) -> int:
        return sum(len(part.faces) for part in self.shards)


def write(folder: Path, basis: Basis, faces: NDArray[np.void], members: NDArray[np.int32], mark: Mark) -> None:
    """Complete a folder in which the codes stand already. A reader takes it for whole from here on."""
    np.save(folder / "basis.npy", basis.matrix)
    np.save(folder / "faces.npy", faces.view(np.uint8))
    np.save(folder / "members.npy", members)
    (folder / "meta.json").write_text(json.dumps({**asdict(mark), "size": len(faces), "scale": basis.scale}), "utf-8")
    for path in folder.iterdir():
        _settle(path)


def read(folder: Path) -> Segment:
    """Map the files. Raises OSError, ValueError or RuntimeError where they are not whole."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    faces = np.load(folder / "faces.npy", mmap_mode="r").view(shard.FACE_ID).ravel()
    members = np.load(folder / "members.npy", mmap_mode="r")
    starts = range(0, meta["size"], SHARD)
    codes = [shard.load(folder / f"{number}.codes") for number in range(len(starts))]
    _require(sum(part.ntotal for part in codes) == meta["size"] == len(faces) == len(members), folder)
    parts = tuple(
        Shard(code, faces[start : start + SHARD], members[start : start + SHARD])
        for code, start in zip(codes, starts, strict=True)
    )
    basis = Basis(np.load(folder / "basis.npy"), meta["scale"])
    return Segment(basis, parts, Mark(meta["origin"], meta["snapshot"]))


def _settle(path: Path) -> None:
    """Have the file on disk before its name is: a crash of the machine may not leave half of it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require(whole: bool, folder: Path) -> None:  # noqa: FBT001 – what is required
    if not whole:
        msg = f"the files in {folder} do not belong together"
        raise ValueError(msg)
