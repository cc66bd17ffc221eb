"""The models, loaded, behind two coroutines that never hold up the event loop."""

import asyncio
from asyncio import wrap_future
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import cv2

from app.domain.collections import Model
from app.domain.errors import ModelUnavailable
from app.domain.faces import AlignedFace, EmbeddedFace, Picture, ReadyFace
from app.ports import Wanted
from app.telemetry import MODEL_INFO
from app.vision.choice import choose
from app.vision.decode import Limits, Opened
from app.vision.models.pack import Pack
from app.vision.pipeline import Pipeline
from app.vision.room import Room
from app.vision.runtimes.elastic import Load
from app.vision.sight import Cut, build

WAITING_PER_THREAD = 256_000_000
"""Pixels that may be on their way for each thread (see app.vision.room): two or three seconds' work, be it 200 small
pictures or 20 of 12 megapixels. Whoever comes then is told to come again."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """provider: auto, cpu or cuda. threads: pictures worked on at once, ≥ 1, each by one core.

    detection_size: longest side, in pixels, at which faces are searched, a multiple of 32. max_bytes, max_pixels:
    largest picture that is read. as_insightface: enlarge small pictures and decode large ones whole, so that boxes and
    embeddings are those of FaceAnalysis, for twice the time.
    """

    provider: str = "auto"
    threads: int = 1
    detection_size: int = 640
    max_pixels: int = 50_000_000
    max_bytes: int = 15_000_000
    as_insightface: bool = False


class Engine:
    """Sees and embeds faces on a few threads of its own. `open_engine` makes one, `close` ends it."""

    def __init__(self, pipeline: Pipeline, model: Model, parts: tuple[str, str, str], threads: int, load: Load) -> None:
        """Take what open_engine put together. parts: names of the provider, the detector and the recogniser."""
        self.model = model
        self.provider, self.detector, self.recogniser = parts
        self._pipeline = pipeline
        self._load = load
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="vision")
        self._door = ThreadPoolExecutor(2, thread_name_prefix="vision-door")
        self._room = Room(threads * WAITING_PER_THREAD)

    async def see(self, image: bytes, wanted: Wanted | None = None, *, attributes: bool = False) -> Picture:
        """Find the faces, largest first, at most 100. Raises ImageUnreadable, ImageTooLarge, Overloaded.

        wanted: chooses those that `embed` is going to be asked for. They are embedded in the same go, since a second
        turn on the threads costs as much as a tenth of all the work on a picture. attributes: guess those too.

        Where the caller is cancelled, work that has begun goes on to its end and is forgotten; other work never begins.
        """
        # Not here, where a malicious header would hold up everybody; nor in the pool, behind the pictures that wait.
        opened = await wrap_future(self._submit(self._door, self._pipeline.open, image))
        cost = self._room.enter(opened.area)
        try:
            task = self._work(partial(self._see, opened, wanted, attributes=attributes))
        except ModelUnavailable:
            self._room.leave(cost)
            raise
        task.add_done_callback(lambda _: self._room.leave(cost))
        return await wrap_future(task)

    def _see(self, image: Opened, wanted: Wanted | None, *, attributes: bool) -> Picture:
        picture = self._pipeline.see(image, attributes=attributes)
        chosen = wanted(picture.faces) if wanted else ()
        # Several faces of a picture that has the machine to itself are left for `embed`, which uses all cores.
        spread = len(chosen) > 1 and self._threads > 1 and self._load.alone
        return picture if spread or not chosen else self._pipeline.ready(picture, chosen)

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        """An embedding for each face, in their order. Raises UnusableFace.

        Never refused for want of room: the faces' picture has had its place, and its work would be lost.
        """
        left = [face for face in faces if not isinstance(face, ReadyFace)]
        # Each thread takes a share, so that one picture with many faces has all cores, and of many pictures each one.
        shares = [share for n in range(self._threads) if (share := tuple(left[n :: self._threads]))]
        work = [partial(self._pipeline.embed, share) for share in shares]
        done = await asyncio.gather(*(wrap_future(self._work(each)) for each in work))
        rest = iter(_dealt(done, len(left)))
        return [EmbeddedFace(face, face.embedding) if isinstance(face, ReadyFace) else next(rest) for face in faces]

    async def also(self, work: Callable[[], T]) -> T:
        """Do other work on a picture that was seen, on the same threads. Never refused for want of room, as `embed`."""
        return await wrap_future(self._work(work))

    def close(self) -> None:
        """Finish what has begun, drop what waits. Calls that come later raise ModelUnavailable."""
        self._door.shutdown(cancel_futures=True)
        self._pool.shutdown(cancel_futures=True)

    def _work(self, work: Callable[[], T]) -> Future[T]:
        """Put work on the threads, and count it until it is done or dropped."""
        self._load.add()
        try:
            task = self._submit(self._pool, work)
        except ModelUnavailable:
            self._load.drop()
            raise
        task.add_done_callback(lambda _: self._load.drop())
        return task

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[..., T], *inputs: object) -> Future[T]:
        try:
            return pool.submit(copy_context().run, work, *inputs)  # the trace and the log lines of its caller
        except RuntimeError as error:
            msg = "The engine is closed."
            raise ModelUnavailable(msg) from error


def _dealt(hands: Sequence[Sequence[T]], count: int) -> list[T]:
    """What was dealt out one by one to the hands, in its order."""
    return [hands[n % len(hands)][n // len(hands)] for n in range(count)]


def open_engine(pack: Pack, options: EngineOptions) -> Engine:
    """Load a pack's models. Blocks for as long as that takes. Raises ModelUnavailable."""
    cv2.setNumThreads(1)  # a picture has one thread; OpenCV's own pool would fight with the others
    load, cut = Load(), Cut(options.threads, options.detection_size, options.as_insightface)
    trial = replace(cut, threads=1)
    runtime = choose(options.provider, lambda runtime: build(runtime, pack, trial, load))
    sight = build(runtime, pack, cut, load)
    limits = Limits(options.max_bytes, options.max_pixels)
    pipeline = Pipeline(sight.detector, sight.embedder, limits, guesser=sight.guesser, whole=options.as_insightface)
    model = Model(pack.name, pack.recogniser_sha256, sight.embedder.dimensions, pack.licence, pack.commercial)
    MODEL_INFO.labels(pack.name, pack.licence, str(model.dimensions), sight.provider).set(1)
    parts = (sight.provider, sight.detector.name, pack.recogniser.stem)
    return Engine(pipeline, model, parts, options.threads, load)
