"""A picture from its bytes to its aligned faces, and those to embeddings, step after step in the caller's thread."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import hypot

import numpy as np

from app.domain.errors import UnusableFace
from app.domain.faces import AlignedFace, DetectedFace, EmbeddedFace, Landmarks, Picture, ReadyFace
from app.telemetry import EMBEDDED_TOGETHER, FACES_PER_PICTURE, stage
from app.vision.align import Matrix, align, similarity
from app.vision.attributes import Guesser
from app.vision.decode import REDUCTIONS, Limits, Opened, Photo, opened
from app.vision.detect import Detector
from app.vision.embed import Embedder
from app.vision.pose import pose
from app.vision.quality import judge, shown

MOST_FACES = 100
"""Faces that a picture is said to have at most, the largest ones: a crowd costs its caller, not everybody. The same
number that AWS Rekognition finds at most."""


MAGNIFIED = 1.2
"""Crops are cut out of a JPEG decoded at a fraction of its size where they need not be enlarged by more."""


class Pipeline:
    """The stages in their order. Safe to use from several threads at once."""

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        limits: Limits,
        *,
        guesser: Guesser | None = None,
        whole: bool = False,
    ) -> None:
        """Take the parts. whole: decode pictures at their full size, however small the detector sees them."""
        self._detector = detector
        self._embedder = embedder
        self._guesser = guesser
        self._limits = limits
        self._whole = whole

    def open(self, image: bytes) -> Opened:
        """Read the header. Raises ImageUnreadable, ImageTooLarge."""
        return opened(image, self._limits)

    def see(self, image: Opened, *, attributes: bool = False) -> Picture:
        """The picture's faces, largest first, at most MOST_FACES. Raises ImageUnreadable.

        attributes: guess them too, if there is a model that does.
        """
        with stage("decode"):
            photo = image.decode(1 if self._whole else image.coarsest(self._detector.size))
        with stage("detect"):
            found = self._detector.find(photo.pixels)[:MOST_FACES]
        with stage("align"):
            placed = _placed(image, photo, found)
            faces = tuple(map(_cut, placed))
        if attributes and self._guesser:
            with stage("attributes"):
                faces = tuple(map(self._guesser.known, faces, (place.photo.pixels for place in placed)))
        FACES_PER_PICTURE.observe(len(faces))
        return Picture(*photo.size, hashlib.sha256(image.content).hexdigest(), faces)

    def ready(self, picture: Picture, wanted: Sequence[AlignedFace]) -> Picture:
        """The picture with those of its faces embedded; as it is where one cannot be, so that whoever asks is told."""
        try:
            ready = _ready(self.embed(wanted))
        except UnusableFace:
            return picture
        return replace(picture, faces=tuple(ready.get(face, face) for face in picture.faces))

    def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        """An embedding for each face, in their order. Raises UnusableFace."""
        with stage("embed"):
            embeddings = self._embedder.embed([face.crop for face in faces])
        EMBEDDED_TOGETHER.observe(len(faces))
        return [EmbeddedFace(face, embedding) for face, embedding in zip(faces, embeddings, strict=True)]


def _ready(faces: Iterable[EmbeddedFace]) -> dict[AlignedFace, ReadyFace]:
    return {face.aligned: _ready_face(face) for face in faces}


def _ready_face(face: EmbeddedFace) -> ReadyFace:
    seen = face.aligned
    looks = (seen.found, seen.crop, seen.quality, seen.pose)
    return ReadyFace(*looks, liveness=seen.liveness, attributes=seen.attributes, embedding=face.embedding)


def _placed(image: Opened, photo: Photo, found: Sequence[DetectedFace]) -> "list[_Place]":
    """Where each face is in the photo, or in a finer one where its crop would have to be enlarged."""
    placed = [_place(face, photo) for face in found]
    needed = [place.magnification / MAGNIFIED for place in placed]
    if photo.reduction > 1 and max(needed, default=0) > 1:
        finer = image.decode(_reduction(photo.reduction / max(needed)))
        placed = [_place(each.face, finer) if need > 1 else each for each, need in zip(placed, needed, strict=True)]
    return placed


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A face in the photo that it is to be cut out of. landmarks: in its pixels; matrix: their `similarity`."""

    face: DetectedFace
    photo: Photo
    landmarks: Landmarks
    matrix: Matrix

    @property
    def magnification(self) -> float:
        """Pixels of the crop for each pixel of the photo, in either direction."""
        return hypot(self.matrix[0, 0], self.matrix[1, 0])


def _place(face: DetectedFace, photo: Photo) -> _Place:
    height, width = photo.pixels.shape[:2]
    landmarks = face.landmarks * np.array([width, height], dtype=np.float32)
    return _Place(face, photo, landmarks, similarity(landmarks))


def _reduction(most: float) -> int:
    """The coarsest reduction that is not coarser than this; 1 at least."""
    return max((step for step in REDUCTIONS if step <= most), default=1)


def _cut(place: _Place) -> AlignedFace:
    pixels, turned = place.photo.pixels, pose(place.landmarks)
    crop = align(pixels, place.landmarks, place.matrix)
    part = shown(place.matrix, pixels.shape[1], pixels.shape[0])
    return AlignedFace(place.face, crop, judge(place.face, crop, turned, place.photo.size, part), turned)
