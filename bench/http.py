"""What HTTP, the search and the database cost: `python -m bench.http`.

The engine by itself and the whole service, in turns on the same photographs: `/identify` by multipart among 10,000
members, one caller and eight, who wait for each answer before they send the next. The callers are a process of their
own, on the same cores as everybody. Beside the eight `/live` is asked all the time: how long it takes shows whether
the event loop is ever held up.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import islice
from multiprocessing.pool import Pool
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import httpx2
import numpy as np
import psutil

from app.config import Face, Settings
from app.domain.collections import DEFAULT_TENANT, CollectionRef, Model
from app.domain.matching import subjects
from app.store.migrate import migrate
from app.vision.engine import Engine
from app.wiring import engine_of
from bench.crowds import fill
from bench.galleries import database
from bench.identities import FACES_A_MEMBER, Population
from bench.photos import people, usual_place
from bench.service import Service

CALLERS = 8
COLLECTION = "crowd"
OK = 200
BOUNDARY = "photograph"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.05
"""Between two looks at `/live`."""


@dataclass(slots=True)
class Figures:
    """alone: milliseconds of each picture of one caller. together: pictures a second of eight, one for each round.

    cores: milliseconds of CPU time that a picture takes with eight callers, of the engine's or the service's process.
    """

    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        """What another round has measured."""
        self.alone += other.alone
        self.together += other.together
        self.cores += other.cores

    @property
    def median(self) -> float:
        return statistics.median(self.alone)

    @property
    def late(self) -> float:
        return _part(self.alone, 95)


def main() -> None:
    """Print a table for each kind of picture."""
    options = _options()
    sets = _pictures(options.images, options.count)
    callers = multiprocessing.get_context("spawn").Pool(1)
    with (
        callers,
        tempfile.TemporaryDirectory(prefix="face-", ignore_cleanup_errors=True) as folder,
        _service(Path(folder), options.members) as service,
        engine_of(_settings(service)) as engine,
    ):
        print(f"{engine.provider}, {options.members:,} members")
        for kind, pictures in sets.items():
            _report(kind, *_measured(engine, Callers(service, callers), pictures, options.rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--images", type=Path, default=usual_place().parents[1], help="folder of lfw/ and groups/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=160, help="pictures in a round")
    return parser.parse_args()


def _pictures(images: Path, count: int) -> dict[str, list[bytes]]:
    everybody = people(images / "lfw/lfw-deepfunneled.zip", 1)
    faces = [photos[0]() for photos in islice(everybody.values(), 0, 20 * count, 20)]
    friends = (images / "groups" / "friends_6faces.jpg").read_bytes()
    return {"one face, 250 × 250": faces, "six faces, 1280 × 886": [friends] * (count // 2)}


def _settings(service: Service) -> Settings:
    """What the service sees with, for the engine in this process."""
    told = service.environment
    return Settings(face=Face(model_root=told.get("FACE_MODEL_ROOT"), model_pack=told.get("FACE_MODEL_PACK", "")))


@contextmanager
def _service(folder: Path, members: int) -> Iterator[Service]:
    """A service with so many members, whose index is ready."""
    with database(folder) as (url, _):
        migrate(url)
        service = Service(folder, {"DATABASE_URL": url, "WORKER_IN_PROCESS": "false"}).start()
        try:
            with service.client() as http:
                _fill(http, url, members)
            yield service
        finally:
            service.stop()


def _fill(http: httpx2.Client, url: str, members: int) -> None:
    loaded = http.get("/ops/status").json()["model"]
    spread = np.eye(loaded["dimensions"], dtype=np.float32)
    nobody = Population(spread[0] * 0, spread, spread * np.float32(0.5), np.ones(1, np.float32))
    model = Model(loaded["name"], loaded["sha256"], len(spread), loaded["licence"], loaded["commercial_use"])
    fill(url, CollectionRef(DEFAULT_TENANT, COLLECTION), model, nobody, members * FACES_A_MEMBER)
    end = time.monotonic() + PATIENCE_SECONDS
    while not any(index["ready"] for index in http.get("/ops/status").json()["search"]["indexes"]):
        assert time.monotonic() < end, "the index does not get ready"
        time.sleep(1)


@dataclass(frozen=True, slots=True)
class Callers:
    """A process that calls the service."""

    service: Service
    process: Pool

    def identify(self, bodies: Sequence[bytes], figures: Figures) -> None:
        """A quarter of the bodies by one caller, then all by eight."""
        url, pid = self.service.url, self.service.pid
        figures.alone += self.process.apply(call, (url, bodies[: len(bodies) // 4], 1))
        busy, began = _busy(pid), time.perf_counter()
        self.process.apply(call, (url, bodies, CALLERS))
        figures.together.append(len(bodies) / (time.perf_counter() - began))
        figures.cores.append((_busy(pid) - busy) / len(bodies) * 1000)


def _measured(
    engine: Engine, callers: Callers, pictures: list[bytes], rounds: int
) -> tuple[Figures, Figures, list[float]]:
    """Engine and service in turns; the first round warms up. Seconds of each look at `/live` as well."""
    own, served, live = Figures(), Figures(), list[float]()
    bodies = [_body(picture) for picture in pictures]
    for number in range(rounds + 1):
        here, there, waits = Figures(), Figures(), list[float]()
        asyncio.run(_by_itself(engine, pictures, here))
        with _watched(callers.service, waits):
            callers.identify(bodies, there)
        if number:
            own.add(here)
            served.add(there)
            live += waits
    return own, served, live


def _report(kind: str, own: Figures, served: Figures, live: Sequence[float]) -> None:
    print(f"\n{kind}\n| | engine alone | over HTTP | |\n|---|---|---|---|")
    print(_row("one caller, p50 ms", own.median, served.median))
    print(f"| p95 ms | {own.late:.1f} | {served.late:.1f} | {served.late / served.median:.2f} of its p50 |")
    print(_row("eight callers, pictures/s", statistics.median(own.together), statistics.median(served.together)))
    print(_row("CPU ms a picture", statistics.median(own.cores), statistics.median(served.cores)))
    print(
        f"\n/live: p50 {_ms(statistics.median(live))}, p99 {_ms(_part(live, 99))}, longest {_ms(max(live))}", flush=True
    )


def _row(name: str, own: float, served: float) -> str:
    return f"| {name} | {own:.1f} | {served:.1f} | {served / own:.2f} |"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _part(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


async def _by_itself(engine: Engine, pictures: Sequence[bytes], figures: Figures) -> None:
    """What `/identify` has the engine do: see the picture, embed the face that it is of."""

    async def one(picture: bytes) -> None:
        await engine.embed(subjects((await engine.see(picture, subjects)).faces))

    for picture in pictures[: len(pictures) // 4]:
        began = time.perf_counter()
        await one(picture)
        figures.alone.append((time.perf_counter() - began) * 1000)
    waiting, busy, began = iter(pictures), time.process_time(), time.perf_counter()

    async def caller() -> None:
        for picture in waiting:
            await one(picture)

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    figures.together.append(len(pictures) / (time.perf_counter() - began))
    figures.cores.append((time.process_time() - busy) / len(pictures) * 1000)


def call(url: str, bodies: Sequence[bytes], callers: int) -> list[float]:
    """Send the bodies, by so many callers; milliseconds of each. Runs in the callers' process."""
    waiting = iter(bodies)
    with ThreadPoolExecutor(callers) as pool:
        return [took for each in pool.map(lambda _: _caller(url, waiting), range(callers)) for took in each]


def _caller(url: str, waiting: Iterator[bytes]) -> list[float]:
    took = []
    with closing(HTTPConnection(str(urlsplit(url).netloc))) as http:
        for body in waiting:
            began = time.perf_counter()
            http.request("POST", f"/identify?collection={COLLECTION}", body, HEADERS)
            answer = http.getresponse()
            answer.read()
            assert answer.status == OK, answer.status
            took.append((time.perf_counter() - began) * 1000)
    return took


def _body(picture: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="1.jpg"\r\n\r\n'
    return head.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()


def _busy(pid: int) -> float:
    """Seconds of CPU time that the process has had."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _watched(service: Service, waits: list[float]) -> Iterator[None]:
    """Ask `/live` meanwhile; seconds of each answer."""
    stop = Event()

    def watch() -> None:
        with closing(HTTPConnection(str(urlsplit(service.url).netloc))) as http:
            while not stop.wait(PAUSE_SECONDS):
                began = time.perf_counter()
                http.request("GET", "/live")
                http.getresponse().read()
                waits.append(time.perf_counter() - began)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    main()
