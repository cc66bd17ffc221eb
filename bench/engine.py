"""The engine, insightface's FaceAnalysis and bare model runs, side by side on this machine: `python -m bench.engine`.

Each contender uses all cores in its best arrangement: the library as one process a core with one thread each and no
spinning, the engine in one process, the models alone in one thread a core. They take turns, round by round, on the same
pictures, so that whatever else the machine does meets all of them. Printed are the medians of the rounds.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.pool import Pool
from os import sched_getaffinity
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

from app.domain.faces import Pixels
from app.vision.decode import Limits, opened
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.letterbox import snug
from app.vision.models.find import choose
from app.vision.models.pack import Pack
from app.vision.runtimes.elastic import Load
from app.vision.runtimes.ort import Ort
from app.vision.runtimes.vino import Vino, present
from app.vision.session import Runtime
from app.vision.sight import Cut, build
from bench.photos import people, usual_place
from bench.service import ROOT

PACK = "scrfd_mobilefacenet"
CORES = len(sched_getaffinity(0))
AT_ONCE = 4 * CORES
SIZE = 640
LARGE = (4000, 3000)
LIMITS = Limits(10**8, 10**8)
TARGETS = {"one face": (2.5, 4.0), "six faces": (1.3, 2.0), "12 megapixels": (2.5, 3.0)}

Round = Callable[[Sequence[bytes]], float]
"""Works on the pictures and returns the seconds of CPU time that it took."""


@dataclass(slots=True)
class Figures:
    """Seconds of a picture, one for each round: by the clock, and of the cores."""

    clock: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)


def main() -> None:
    """Print a table for each kind of picture."""
    options = _options()
    sets = _pictures(options.images, options.count)
    pack = choose([options.models], PACK)
    print(f"{CORES} cores, onnxruntime {onnxruntime.__version__}, {options.rounds} rounds")
    with ExitStack() as stack:
        contenders = dict(_contenders(stack, pack, options.models))
        for name, pictures in sets.items():
            _report(name, _measured(contenders, pictures, options.rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=Path, default=usual_place().parents[1], help="folder of lfw/ and groups/")
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared", help="folder of models/<pack>")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=24, help="pictures in a round")
    return parser.parse_args()


def _pictures(images: Path, count: int) -> dict[str, list[bytes]]:
    friends = (images / "groups" / "friends_6faces.jpg").read_bytes()
    lfw = [photos[0]() for photos in list(people(images / "lfw/lfw-deepfunneled.zip", 1).values())[: 20 * count : 20]]
    image = cv2.imdecode(np.frombuffer(friends, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    large = cv2.imencode(".jpg", cv2.resize(image, LARGE, interpolation=cv2.INTER_CUBIC))[1].tobytes()
    return {"one face": lfw, "six faces": [friends] * (count // 2), "12 megapixels": [large] * (count // 2)}


def _contenders(stack: ExitStack, pack: Pack, models: Path) -> Iterator[tuple[str, Round]]:
    pool = stack.enter_context(multiprocessing.get_context("spawn").Pool(CORES, _open_library, (str(models),)))
    yield "library", lambda pictures: _library(pool, pictures)
    runtimes: dict[str, Runtime] = {"cpu": Ort()} | ({"openvino": Vino("bf16")} if present() else {})
    threads = stack.enter_context(ThreadPoolExecutor(CORES))
    for provider, runtime in runtimes.items():
        engine = stack.enter_context(_engine(pack, provider))
        yield f"engine, {engine.provider}", _on_clock(partial(_served, engine))
        yield f"bare runs, {runtime.name}", _on_clock(partial(_each, threads, Bare(runtime, pack).run))
    yield "decoding alone", _on_clock(partial(_each, threads, _decode))


@contextmanager
def _engine(pack: Pack, provider: str) -> Iterator[Engine]:
    engine = open_engine(pack, EngineOptions(provider, threads=CORES))
    yield engine
    engine.close()


def _on_clock(work: Callable[[Sequence[bytes]], object]) -> Round:
    def timed(pictures: Sequence[bytes]) -> float:
        began = time.process_time()
        work(pictures)
        return time.process_time() - began

    return timed


def _each(threads: ThreadPoolExecutor, work: Callable[[bytes], object], pictures: Sequence[bytes]) -> None:
    for _ in threads.map(work, pictures):
        pass


def _served(engine: Engine, pictures: Sequence[bytes]) -> None:
    asyncio.run(_all(engine, pictures))


async def _all(engine: Engine, pictures: Sequence[bytes]) -> None:
    """All pictures, a few at once, as callers send them."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(picture: bytes) -> None:
        async with turn:
            await engine.embed((await engine.see(picture, lambda faces: faces)).faces)

    await asyncio.gather(*(one(picture) for picture in pictures))


class Bare:
    """Nothing but the runs of the models that the engine would do, on inputs made beforehand."""

    def __init__(self, runtime: Runtime, pack: Pack) -> None:
        self._sight = build(runtime, pack, Cut(1, SIZE, exact=False), Load())
        self._detector = runtime.open(pack.detector, lanes=CORES, threads=1)
        self._recogniser = runtime.open(pack.recogniser, lanes=CORES, threads=1)
        self._inputs: dict[bytes, tuple[Any, int]] = {}
        self._face = np.full((1, 3, 112, 112), 127, dtype=np.float32)

    def run(self, picture: bytes) -> None:
        blob, faces = self._inputs.get(picture) or self._prepare(picture)
        self._detector.run(blob)
        for _ in range(faces):
            self._recogniser.run(self._face)

    def _prepare(self, picture: bytes) -> tuple[Any, int]:
        pixels = _decode(picture)
        canvas = snug(pixels, SIZE).pixels
        blob = np.asarray(cv2.dnn.blobFromImage(canvas, 1 / 128, mean=(127.5, 127.5, 127.5)), dtype=np.float32)
        self._inputs[picture] = blob, len(self._sight.detector.find(pixels))
        return self._inputs[picture]


def _decode(picture: bytes) -> Pixels:
    header = opened(picture, LIMITS)
    return header.decode(header.coarsest(SIZE)).pixels


_analysis: Any = None


def _open_library(models: str) -> None:
    """Open FaceAnalysis with one thread that does not spin, in a process of its own."""
    global _analysis  # noqa: PLW0603 - a pool's processes have no other place for it
    cv2.setNumThreads(1)
    plain = onnxruntime.InferenceSession.__init__

    def quiet(self: object, model: object, sess_options: Any = None, **rest: Any) -> None:  # noqa: ANN401 - not typed
        sess_options = sess_options or onnxruntime.SessionOptions()
        sess_options.intra_op_num_threads = sess_options.inter_op_num_threads = 1
        sess_options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        plain(self, model, sess_options=sess_options, **rest)

    onnxruntime.InferenceSession.__init__ = quiet
    warnings.simplefilter("ignore")
    from insightface.app import FaceAnalysis  # noqa: PLC0415 - only here, since it takes a while

    _analysis = FaceAnalysis(PACK, models, ["detection", "recognition"])
    _analysis.prepare(ctx_id=-1, det_size=(SIZE, SIZE))


def _library(pool: Pool, pictures: Sequence[bytes]) -> float:
    return sum(pool.map(_analyse, pictures, chunksize=1))


def _analyse(picture: bytes) -> float:
    began = time.process_time()
    _analysis.get(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR))
    return time.process_time() - began


def _measured(contenders: dict[str, Round], pictures: list[bytes], rounds: int) -> dict[str, Figures]:
    figures = {name: Figures() for name in contenders}
    for number in range(rounds + 1):  # the first warms up
        for name, work in contenders.items():
            began = time.perf_counter()
            cores = work(pictures)
            if number:
                figures[name].clock.append((time.perf_counter() - began) / len(pictures))
                figures[name].cores.append(cores / len(pictures))
    return figures


def _report(name: str, figures: dict[str, Figures]) -> None:
    print(f"\n{name}; wanted: {TARGETS[name][0]} × the library with ONNX Runtime, {TARGETS[name][1]} × with the best")
    print("| | pictures/s | × library | spread of rounds | CPU ms a picture | × library |\n|---|---|---|---|---|---|")
    clock, cores = (statistics.median(values) for values in (figures["library"].clock, figures["library"].cores))
    for contender, each in figures.items():
        own, busy = statistics.median(each.clock), statistics.median(each.cores)
        spread = (max(each.clock) - min(each.clock)) / own
        gains = f"{1 / own:.1f} | {clock / own:.2f} | {spread:.0%} | {busy * 1000:.1f} | {cores / busy:.2f}"
        print(f"| {contender} | {gains} |", flush=True)


if __name__ == "__main__":
    main()
