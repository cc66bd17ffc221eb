"""A picture from its bytes to its aligned faces, and those to embeddings, step after step in the caller's thread."""

import hashlib
from collections.abc import Sequence

import numpy as np

from app.domain.faces import AlignedFace, DetectedFace, EmbeddedFace, Picture, Pixels
from app.telemetry import FACES_PER_PICTURE, stage
from app.vision.align import align
from app.vision.decode import Limits, decode
from app.vision.detect import Detector
from app.vision.embed import Embedder
from app.vision.pose import pose
from app.vision.quality import judge

MOST_FACES = 100
"""Faces that a picture is said to have at most, the largest ones: a crowd costs its caller, not everybody. The same
number that AWS Rekognition finds at most."""


class Pipeline:
    """The stages in their order. Safe to use from several threads at once."""

    def __init__(self, detector: Detector, embedder: Embedder, limits: Limits) -> None:
        self._detector = detector
        self._embedder = embedder
        self._limits = limits

    def see(self, image: bytes) -> Picture:
        """The picture's faces, largest first, at most MOST_FACES. Raises ImageUnreadable, ImageTooLarge."""
        with stage("decode"):
            pixels = decode(image, self._limits)
        with stage("detect"):
            found = self._detector.find(pixels)[:MOST_FACES]
        with stage("align"):
            faces = tuple(_aligned(pixels, face) for face in found)
        FACES_PER_PICTURE.observe(len(faces))
        height, width = pixels.shape[:2]
        return Picture(width, height, hashlib.sha256(image).hexdigest(), faces)

    def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        """An embedding for each face, in their order. Raises UnusableFace."""
        with stage("embed"):
            embeddings = self._embedder.embed([face.crop for face in faces])
        return [EmbeddedFace(face, embedding) for face, embedding in zip(faces, embeddings, strict=True)]


def _aligned(picture: Pixels, found: DetectedFace) -> AlignedFace:
    height, width = picture.shape[:2]
    landmarks = found.landmarks * np.array([width, height], dtype=np.float32)
    crop, turned = align(picture, landmarks), pose(landmarks)
    return AlignedFace(found, crop, judge(found, crop, turned, (width, height)), turned)
