"""Pictures and faces on their way to AWS: decoded, upright, cut out; on threads of their own."""

import hashlib
from asyncio import wrap_future
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from app.domain.errors import ModelUnavailable
from app.domain.faces import Age, AlignedFace, Attributes, Box, DetectedFace, Gender, Pixels, Sex
from app.recognisers.rekognition import jpeg
from app.telemetry import FACES_PER_PICTURE, stage
from app.vision.align import align, similarity
from app.vision.decode import Limits, Opened, opened
from app.vision.pose import pose
from app.vision.quality import judge, shown
from app.vision.room import Room

WAITING = 512_000_000
"""Pixels of the pictures that may be on their way (see app.vision.room). Whoever comes then is told to come again."""

LANDMARKS = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")
"""AWS's names of ours, in our order."""

FaceDetail = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class CutFace(AlignedFace):
    """A face that can be shown to AWS by itself. picture: all of it, shared by its faces. others: who else is there."""

    picture: Pixels = field(repr=False)
    others: tuple[Box, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A picture before its faces are known. size: width and height of the whole, of which `pixels` may be a part."""

    pixels: Pixels = field(repr=False)
    size: tuple[int, int]
    digest: str


class Eye:
    """Prepares pictures on a few threads. `close` ends it."""

    def __init__(self, limits: Limits, threads: int) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="eye")
        self._door = ThreadPoolExecutor(1, thread_name_prefix="eye-door")
        self._room = Room(WAITING)

    async def open(self, image: bytes) -> Sight:
        """Raises ImageUnreadable, ImageTooLarge, Overloaded."""
        # The header not here, where a malicious one would hold up everybody.
        header = await wrap_future(self._submit(self._door, partial(opened, image, self._limits)))
        cost = self._room.enter(header.area)
        try:
            task = self._submit(self._pool, partial(_decoded, header))
        except ModelUnavailable:
            self._room.leave(cost)
            raise
        task.add_done_callback(lambda _: self._room.leave(cost))
        return await wrap_future(task)

    async def whole(self, sight: Sight, most_bytes: int) -> bytes:
        """The picture in so many bytes at most."""
        return await wrap_future(self._submit(self._pool, partial(jpeg.whole, sight.pixels, most_bytes)))

    async def faces(self, sight: Sight, found: Sequence[FaceDetail]) -> tuple[AlignedFace, ...]:
        """What AWS found in the picture, as faces of ours, largest first."""
        return await wrap_future(self._submit(self._pool, partial(_faces, sight, found)))

    async def cut(self, face: AlignedFace) -> bytes:
        """A face of `faces` by itself."""
        assert isinstance(face, CutFace)
        return await wrap_future(
            self._submit(self._pool, partial(jpeg.face, face.picture, face.found.box, face.others))
        )

    def close(self) -> None:
        """Finish what has begun, drop what waits."""
        self._door.shutdown(cancel_futures=True)
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        try:
            return pool.submit(work)
        except RuntimeError as error:
            msg = "The service is closing."
            raise ModelUnavailable(msg) from error


def plain(face: AlignedFace) -> AlignedFace:
    """The same face without its picture, which is not to be held longer than need be."""
    return AlignedFace(face.found, face.crop, face.quality, face.pose)


def _decoded(image: Opened) -> Sight:
    with stage("decode"):
        photo = image.decode(image.coarsest(jpeg.LONGEST))
    return Sight(photo.pixels, photo.size, hashlib.sha256(image.content).hexdigest())


def _faces(sight: Sight, details: Sequence[FaceDetail]) -> tuple[AlignedFace, ...]:
    found = sorted(((_found(detail), _attributes(detail)) for detail in details), key=lambda face: -face[0].box.area)
    FACES_PER_PICTURE.observe(len(found))
    with stage("align"):
        return tuple(
            _cut(sight, face, [other.box for other, _ in found if other is not face], attributes)
            for face, attributes in found
        )


def _found(detail: FaceDetail) -> DetectedFace:
    sides = detail["BoundingBox"]
    points = {point["Type"]: (point["X"], point["Y"]) for point in detail["Landmarks"]}
    return DetectedFace(
        Box(sides["Left"], sides["Top"], sides["Width"], sides["Height"]),
        np.array([points[name] for name in LANDMARKS], dtype=np.float32),
        detail["Confidence"] / 100,
    )


def _attributes(detail: FaceDetail) -> Attributes:
    """What AWS was asked for of them. The years are the middle of its range, since it names none."""
    ages, gender = detail.get("AgeRange"), detail.get("Gender")
    return Attributes(
        Age((ages["Low"] + ages["High"]) // 2, ages["Low"], ages["High"]) if ages else None,
        Gender(Sex(gender["Value"].lower()), gender["Confidence"] / 100) if gender else None,
    )


def _cut(sight: Sight, face: DetectedFace, others: Sequence[Box], attributes: Attributes) -> CutFace:
    """Pose and quality by our own measures, of AWS's landmarks: a face is as good whoever has found it."""
    height, width = sight.pixels.shape[:2]
    landmarks = face.landmarks * np.array([width, height], dtype=np.float32)
    matrix, turned = similarity(landmarks), pose(landmarks)
    crop = align(sight.pixels, landmarks, matrix)
    quality = judge(face, crop, turned, sight.size, shown(matrix, width, height))
    return CutFace(face, crop, quality, turned, sight.pixels, tuple(others), attributes=attributes)
