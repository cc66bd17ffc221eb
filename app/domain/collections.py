"""Sets of members that are searched together, each pinned to the model of its first face."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.liveness import LivenessMode

DEFAULT_TENANT = "default"
DEFAULT_COLLECTION = "default"


class Kind(StrEnum):
    """What a collection is for."""

    MEMBERS = "members"
    GALLERY = "gallery"
    BLACKLIST = "blacklist"


class FaceBackend(StrEnum):
    """Who recognises faces: our own engine, or Amazon."""

    INSIGHTFACE = "insightface"
    REKOGNITION = "aws_rekognition"


@dataclass(frozen=True, slots=True)
class CollectionRef:
    """Which collection, and whose. Nothing in the store is reached without one."""

    tenant: str
    name: str


@dataclass(frozen=True, slots=True)
class Model:
    """What makes embeddings. Two packs with the same recogniser file make the same embeddings.

    name: the pack's. recogniser_sha256: of the recognition file, in hex: the identity of the embedding space.
    dimensions: 0 where nobody shows an embedding; such a model has no file, and its identity is its name.
    """

    name: str
    recogniser_sha256: str
    dimensions: int
    licence: str
    commercial: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What a collection is to ask for from here on; None leaves it as it is.

    consent_required: whether a face is kept only of members with a valid consent. retention_days: after which faces of
    whoever was neither enrolled nor recognised are deleted, 0 for never.
    """

    liveness: LivenessMode | None = None
    backend: FaceBackend | None = None
    consent_required: bool | None = None
    retention_days: int | None = None


AS_IT_IS = Rules()


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as it is kept. model: the name of the model it is pinned to, "" while it is empty.

    liveness: the least that is done about it in every call.
    backend: who is to recognise its faces, None where the service's setting says it. For the others see Rules.
    """

    name: str
    kind: Kind
    model: str
    members: int
    faces: int
    created_at: datetime
    liveness: LivenessMode = LivenessMode.OFF
    backend: FaceBackend | None = None
    consent_required: bool = False
    retention_days: int = 0
