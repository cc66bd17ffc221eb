"""Faces that are known one by one, and the users they are associated with. A user is a member (docs/decisions/0011)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_OID, uuid5

from app.domain.collections import CollectionRef
from app.domain.faces import Box, EmbeddedFace
from app.domain.members import wrong_with_id

SAME_PLACE = 0.5
"""Overlap from which a face found anew in the same picture is the one that was there."""

MOST_FACES_OF_USER = 100
"""Associated by a caller; members who were enrolled may have more."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """A collection whose faces are known one by one. recogniser: SHA-256 of whose faces they are, "" of none."""

    name: str
    recogniser: str
    faces: int
    users: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture whose faces are indexed. digest: SHA-256, in hex. external_id: what the caller calls it, "" nothing."""

    digest: str
    source: str
    external_id: str = ""

    def image_id(self, ref: CollectionRef) -> str:
        """The same for the same picture under the same name in the same collection."""
        return str(uuid5(NAMESPACE_OID, f"{ref.tenant}\n{ref.name}\n{self.external_id}\n{self.digest}"))

    def place(self, face: EmbeddedFace) -> str:
        """Tell the face from the others of its picture, and from itself in the same picture under another name."""
        box = face.aligned.found.box
        named = f"/{self.external_id}" if self.external_id else ""
        return f"{self.digest}/{box.left:.3f},{box.top:.3f}{named}"


def holder(face_id: str, external_id: str) -> str:
    """The member with whom a face lies that is no user's.

    >>> holder("0b8c", "ana"), holder("0b8c", ".")
    ('ana', '0b8c')
    """
    return face_id if wrong_with_id(external_id) else external_id


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A face as it is kept. external_id, user_id: "" where there is none. recogniser: SHA-256 of whose face it is."""

    face_id: str
    box: Box
    det_score: float
    image_id: str
    external_id: str
    user_id: str
    recogniser: str


def same_place(face: EmbeddedFace, kept: Sequence[KnownFace]) -> KnownFace | None:
    """Which of the picture's faces that are kept it is, if any."""
    box = face.aligned.found.box
    best = max(kept, key=lambda other: box.overlap(other.box), default=None)
    return best if best and box.overlap(best.box) >= SAME_PLACE else None


@dataclass(frozen=True, slots=True)
class FaceHit:
    """similarity: cosine, −1…1."""

    face: KnownFace
    similarity: float


@dataclass(frozen=True, slots=True)
class User:
    """faces: associated with them."""

    user_id: str
    faces: int


@dataclass(frozen=True, slots=True)
class UserHit:
    """similarity: cosine with the mean of the user's faces, −1…1."""

    user_id: str
    similarity: float


class Refusal(StrEnum):
    """Why something was not done with a face."""

    NOT_FOUND = "not_found"
    OF_ANOTHER = "of_another"
    UNLIKE = "unlike"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Refused:
    """user_id: whose face it is, where that is why. similarity: cosine, where that is."""

    face_id: str
    why: Refusal
    user_id: str = ""
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of some faces. faces: how many the user has now."""

    done: tuple[str, ...]
    refused: tuple[Refused, ...]
    faces: int = 0


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is done once, however often it comes. token: the caller's. digest: of what is asked."""

    operation: str
    token: str
    digest: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A face that is to become a user's. user_id: whose it is, "" nobody's. similarity: cosine with the user's mean."""

    face_id: str
    user_id: str
    similarity: float


def associable(user: User, wanted: Sequence[str], known: Mapping[str, Asked], least: float) -> Changed:
    """Which of the faces become the user's, in the order in which they are asked for.

    Those that are already are passed over in silence. least: cosine, for a user who has faces; the first may be any.
    """
    done: list[str] = []
    refused: list[Refused] = []
    for face_id in dict.fromkeys(wanted):
        found = known.get(face_id)
        if found is None:
            refused.append(Refused(face_id, Refusal.NOT_FOUND))
        elif found.user_id == user.user_id:
            continue
        elif found.user_id:
            refused.append(Refused(face_id, Refusal.OF_ANOTHER, found.user_id))
        elif user.faces and found.similarity < least:
            refused.append(Refused(face_id, Refusal.UNLIKE, similarity=found.similarity))
        elif user.faces + len(done) >= MOST_FACES_OF_USER:
            refused.append(Refused(face_id, Refusal.TOO_MANY))
        else:
            done.append(face_id)
    return Changed(tuple(done), tuple(refused), user.faces + len(done))


def dissociable(user: User, wanted: Sequence[str], owners: Mapping[str, str]) -> Changed:
    """Which of the faces stop being the user's. owners: by face, "" nobody."""
    refused = [_not_theirs(face_id, owners) for face_id in dict.fromkeys(wanted) if owners.get(face_id) != user.user_id]
    done = [face_id for face_id in dict.fromkeys(wanted) if owners.get(face_id) == user.user_id]
    return Changed(tuple(done), tuple(refused), user.faces - len(done))


def _not_theirs(face_id: str, owners: Mapping[str, str]) -> Refused:
    owner = owners.get(face_id)
    return Refused(face_id, Refusal.OF_ANOTHER, owner) if owner else Refused(face_id, Refusal.NOT_FOUND)
