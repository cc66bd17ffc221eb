"""People of a gallery whom nobody has named: groups of faces that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from app.domain.calibration import TARGET_FPIR, Curve, Risk, rate_for
from app.domain.faces import Box, EmbeddedFace, KeepableFace
from app.domain.groups import Crowd, Numbers, Vectors, centres, group
from app.domain.kin import Kin, group_kin, typical
from app.domain.members import Origin, Page

SAME_SHOT = 0.95
"""Cosine from which two faces tell no more than one of them does: neighbours in a burst, copies."""

FOUNDERS = 5
"""Faces that are enrolled when a group is named. More say little more, and each is compared in every search."""

PATIENCE = 10
"""What took a second to group is shown for ten, though faces were found meanwhile: while a gallery is processed they
change all the time, and grouping them must not take more than a tenth of the time."""

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownFace:
    """A face of a group. similarity: cosine to the group's centre."""

    face_id: str
    photo_id: str
    key: str
    box: Box
    quality: float
    similarity: float


@dataclass(frozen=True, slots=True)
class UnknownGroup:
    """dismissed: whether most of its faces are «not of interest». sample: the face to show for all of them."""

    group_id: str
    faces: int
    photos: int
    dismissed: bool
    sample: UnknownFace


@dataclass(frozen=True, slots=True)
class Unknown:
    """Groups, the largest first. ungrouped: faces that belong to none."""

    groups: Page[UnknownGroup]
    ungrouped: int


@dataclass(frozen=True, slots=True)
class GroupingState:
    """version: of the gallery's faces that are nobody's. known: that which was grouped last, "" where none was.

    age, took: seconds since it was, and how long that took. faces: all of the gallery's, somebody's or not.
    """

    version: str
    known: str
    age: float
    took: float
    faces: int

    @property
    def good(self) -> bool:
        """Whether what was grouped last is still to be shown."""
        return self.version == self.known or (bool(self.known) and self.age < PATIENCE * self.took)


@dataclass(frozen=True, slots=True, eq=False)
class Strangers:
    """All faces of a gallery that are nobody's, by id. qualities: N, 0–1. version: of the whole."""

    face_ids: Ids
    crowd: Crowd | Kin = field(repr=False)
    qualities: Vectors = field(repr=False)
    version: str


@dataclass(frozen=True, slots=True)
class Members:
    """The faces of a group, best first. similarities: to the centre."""

    face_ids: Ids
    similarities: tuple[float, ...]

    @property
    def group_id(self) -> str:
        """The same while the faces are the same, in whatever order."""
        return sha256("".join(sorted(self.face_ids)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Grouping:
    """version: of the faces that it was made of. seconds: it took."""

    version: str
    cut: float
    seconds: float
    groups: tuple[Members, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A face of a photo, as it may be enrolled."""

    face: KeepableFace
    origin: Origin


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo of a gallery, or a face in it. etag: of the photo that was processed. box: None for the whole photo."""

    key: str
    etag: str
    box: Box | None


def cut_for(curve: Curve | None, faces: int, threshold: float) -> float:
    """Least average similarity of what is put together among so many faces; never below the gallery's threshold.

    One in a hundred faces may meet a stranger among all the others who is that similar. Faces are counted in powers of
    two, so that groups do not change with every photo.
    """
    if curve is None or not faces:
        return threshold
    many = 1 << (faces - 1).bit_length()
    return max(threshold, curve.threshold(rate_for(TARGET_FPIR[Risk.STANDARD], many)))


def grouped(strangers: Strangers, cut: float) -> tuple[Members, ...]:
    """Their groups, the faces of each by quality and then by how typical they are."""
    labels = group_kin(strangers.crowd, cut) if isinstance(strangers.crowd, Kin) else group(strangers.crowd, cut)
    rows = np.flatnonzero(labels >= 0)
    if not len(rows):
        return ()
    similarities = _typical(strangers.crowd, labels)[rows]
    labels = labels[rows]
    order = np.lexsort((rows, -similarities, -strangers.qualities[rows], labels))
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return tuple(_members(strangers, rows[part], similarities[part]) for part in parts)


def _typical(crowd: Crowd | Kin, labels: Numbers) -> Vectors:
    """How alike each face is to the others of its group; of those that have none nothing is said."""
    if isinstance(crowd, Kin):
        return typical(crowd, labels)
    rows = np.flatnonzero(labels >= 0)
    similarities = np.zeros(len(labels), dtype=np.float32)
    vectors, mine = crowd.vectors[rows], labels[rows]
    similarities[rows] = np.einsum("ij,ij->i", vectors, centres(vectors, mine)[mine])
    return similarities


def _members(strangers: Strangers, rows: np.ndarray[tuple[int], np.dtype[np.int64]], similarities: Vectors) -> Members:
    return Members(tuple(strangers.face_ids[row] for row in rows), tuple(map(float, similarities)))


def founders(faces: Sequence[Known]) -> list[Known]:
    """The first FOUNDERS that are not the same shot as one before, as far as that is known."""
    chosen: list[Known] = []
    for known in faces:
        if len(chosen) < FOUNDERS and not any(_same_shot(known, other) for other in chosen):
            chosen.append(known)
    return chosen


def _same_shot(a: Known, b: Known) -> bool:
    if not (isinstance(a.face, EmbeddedFace) and isinstance(b.face, EmbeddedFace)):
        return False
    return float(a.face.embedding @ b.face.embedding) >= SAME_SHOT
