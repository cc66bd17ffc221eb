"""A face at each step of its way: detected, aligned, embedded. And a picture, once its faces are known."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from app.domain.liveness import Liveness

Pixels = NDArray[np.uint8]
"""height × width × RGB, 0–255, upright."""

Landmarks = NDArray[np.float32]
"""5 × (x, y): the eyes, the nose, the corners of the mouth, left to right as the viewer sees them.
Fractions of the upright picture, like Box."""

Embedding = NewType("Embedding", NDArray[np.float32])
"""A vector of length one; only `unit` makes it. Its size is the model's (128, 512, …)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle as fractions of the upright picture, so that it survives resizing.

    A face at the border may reach beyond 0–1, as the detector sees it; answers show the part that is inside.
    Raises ValueError where the area is not positive.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0):
            msg = f"a box needs an area: {self}"
            raise ValueError(msg)

    @property
    def area(self) -> float:
        return self.width * self.height

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0–1 (Jaccard index).

        >>> Box(0, 0, 0.5, 1).overlap(Box(0.25, 0, 0.5, 1))
        0.3333333333333333
        """
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        down = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        shared = max(across, 0.0) * max(down, 0.0)
        return shared / (self.area + other.area - shared)


class Flaw(StrEnum):
    """Why a face is poor material for recognition."""

    SMALL_FACE = "small_face"
    BLURRED = "blurred"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    EXTREME_POSE = "extreme_pose"
    LOW_CONFIDENCE = "low_confidence"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees away from looking straight into the camera."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a face is for recognition.

    score: 0–1, 1 is best. size: the box's shorter side in pixels. sharpness, brightness: 0–1.
    """

    score: float
    reasons: tuple[Flaw, ...] = ()
    size: float = 0.0
    sharpness: float = 0.0
    brightness: float = 0.0


class Sex(StrEnum):
    """What a face looks like to a model; it says nothing of how a person sees themselves."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Age:
    """Years. low, high: within which the person may well be."""

    years: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Gender:
    """confidence: 0–1, of this rather than the other."""

    value: Sex
    confidence: float


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a model guesses of a person. None: nobody asked, or no loaded model says so."""

    age: Age | None = None
    gender: Gender | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """Where a face is. score: the detector's confidence, 0–1."""

    box: Box
    landmarks: Landmarks
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class AlignedFace:
    """A detected face, cut out and turned upright. crop: 112 × 112 × RGB. liveness: None where nobody asked for it."""

    found: DetectedFace
    crop: Pixels = field(repr=False)
    quality: Quality
    pose: Pose
    liveness: Liveness | None = field(default=None, kw_only=True)
    attributes: Attributes = field(default=Attributes(), kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class ReadyFace(AlignedFace):
    """A face that was embedded as soon as it was seen, since it was going to be wanted."""

    embedding: Embedding = field(repr=False, kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedFace:
    """A face that can be stored and searched for."""

    aligned: AlignedFace
    embedding: Embedding = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class RemoteFace:
    """A face that somebody else keeps, who never shows an embedding. remote_id: what it is called there, a UUID."""

    aligned: AlignedFace
    remote_id: str


KeepableFace = EmbeddedFace | RemoteFace
"""What a store can keep of a face."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two faces are. similarity: cosine, −1…1. raw: what somebody else said in a measure of their own."""

    similarity: float
    raw: float | None = None

    @property
    def said(self) -> float:
        """The raw one; the cosine where that is what was said."""
        return self.similarity if self.raw is None else self.raw


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture whose faces are known, largest first. digest: SHA-256 of the bytes as they came, in hex.

    content: those bytes, for whoever looks at them once more; empty where nobody kept them.
    """

    width: int
    height: int
    digest: str
    faces: tuple[AlignedFace, ...]
    content: bytes = field(default=b"", repr=False)


def unit(vector: NDArray[np.floating]) -> Embedding:
    """Scale to length one, the only form in which embeddings are stored or compared.

    Raises ValueError for a vector without a direction (zero, NaN or infinite).

    >>> unit(np.array([3, 4])).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    norm = float(np.linalg.norm(vector))
    if not 0.0 < norm < np.inf:
        msg = f"a vector of norm {norm} has no direction"
        raise ValueError(msg)
    return Embedding((vector / norm).astype(np.float32))


def cosine(a: Embedding, b: Embedding) -> float:
    """Similarity of two faces: −1…1, 1 for the same embedding."""
    return float(np.clip(np.dot(a, b), -1.0, 1.0))
