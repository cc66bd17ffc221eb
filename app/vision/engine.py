"""The models, loaded, behind two coroutines that never hold up the event loop."""

from asyncio import wrap_future
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import TypeVar

import cv2

from app.domain.collections import Model
from app.domain.errors import ModelUnavailable, Overloaded
from app.domain.faces import AlignedFace, EmbeddedFace, Picture
from app.telemetry import MODEL_INFO
from app.vision.decode import Limits
from app.vision.detect import Detector, finder
from app.vision.embed import Embedder
from app.vision.graph import operators
from app.vision.models.pack import Pack
from app.vision.pipeline import Pipeline
from app.vision.session import open_session

WAITING_PER_THREAD = 64
"""Pictures that may wait for each thread: two or three seconds' work. Whoever comes then is told to come again."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """provider: auto, cpu or cuda. threads: pictures worked on at once, ≥ 1, each by one core.

    detection_size: longest side, in pixels, at which faces are searched, a multiple of 32. max_bytes, max_pixels:
    largest picture that is read.
    """

    provider: str = "auto"
    threads: int = 1
    detection_size: int = 640
    max_pixels: int = 50_000_000
    max_bytes: int = 15_000_000


class Engine:
    """Sees and embeds faces on a few threads of its own. `open_engine` makes one, `close` ends it."""

    def __init__(self, pipeline: Pipeline, model: Model, parts: tuple[str, str, str], threads: int) -> None:
        """Take what open_engine put together. parts: names of the provider, the detector and the recogniser."""
        self.model = model
        self.provider, self.detector, self.recogniser = parts
        self._pipeline = pipeline
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="vision")
        self._room = BoundedSemaphore(threads * (WAITING_PER_THREAD + 1))

    async def see(self, image: bytes) -> Picture:
        """Find the faces, largest first, at most 100. Raises ImageUnreadable, ImageTooLarge, Overloaded.

        Where the caller is cancelled, work that has begun goes on to its end and is forgotten; other work never begins.
        """
        if not self._room.acquire(blocking=False):
            msg = "Too many pictures are waiting to be looked at; try again in a moment."
            raise Overloaded(msg)
        try:
            task = self._submit(self._pipeline.see, image)
        except ModelUnavailable:
            self._room.release()
            raise
        task.add_done_callback(lambda _: self._room.release())
        return await wrap_future(task)

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        """An embedding for each face, in their order. Raises UnusableFace.

        Never refused for want of room: the faces' picture has had its place, and its work would be lost.
        """
        return await wrap_future(self._submit(self._pipeline.embed, tuple(faces))) if faces else []

    def close(self) -> None:
        """Finish what has begun, drop what waits. Calls that come later raise ModelUnavailable."""
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, work: Callable[..., T], *inputs: object) -> Future[T]:
        try:
            return self._pool.submit(work, *inputs)
        except RuntimeError as error:
            msg = "The engine is closed."
            raise ModelUnavailable(msg) from error


def open_engine(pack: Pack, options: EngineOptions) -> Engine:
    """Load a pack's two models. Blocks for as long as that takes. Raises ModelUnavailable.

    All threads share the two sessions, each run staying on its caller's thread: a session for each thread takes
    8 MB more each for this small detector and was not faster (two threads on two cores: 40 ms a picture either way).
    """
    cv2.setNumThreads(1)  # a picture has one thread; OpenCV's own pool would fight with the others
    detection = open_session(pack.detector, options.provider)
    recognition = open_session(pack.recogniser, options.provider)
    detector = Detector(finder(detection), options.detection_size)
    embedder = Embedder(recognition, operators(pack.recogniser))
    pipeline = Pipeline(detector, embedder, Limits(options.max_bytes, options.max_pixels))
    model = Model(pack.name, pack.recogniser_sha256, embedder.dimensions, pack.licence, pack.commercial)
    MODEL_INFO.labels(pack.name, pack.licence, str(model.dimensions), detection.provider).set(1)
    return Engine(pipeline, model, (detection.provider, detector.name, pack.recogniser.stem), options.threads)
