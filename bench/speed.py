"""How fast it starts and answers, and what memory it takes: `python -m bench.speed`, with a service of its own."""

import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from os import sched_getaffinity
from pathlib import Path
from statistics import quantiles

import httpx2

from bench.photos import NoPhotos, Photo, people, usual_place
from bench.service import NotServing, Service

CALLS = 200
WORKERS = 4
KIBIBYTES_PER_MEGABYTE = 1_000_000 / 1024


def main() -> int:
    """Print the lines of the README's table. 2 if nothing could be measured."""
    try:
        photos = [photos[0] for photos in people(usual_place()).values()][:CALLS]
        with tempfile.TemporaryDirectory(prefix="face-", ignore_cleanup_errors=True) as folder:
            for what, figure in _measured(Service(Path(folder)), photos):
                print(f"| {what} | {figure} |", flush=True)
    except (NoPhotos, NotServing) as trouble:
        print(trouble, file=sys.stderr)
        return 2
    return 0


def _measured(service: Service, photos: list[Photo]) -> Iterator[tuple[str, str]]:
    yield "machine", f"{len(sched_getaffinity(0))} cores of {_processor()}, no GPU in use"
    yield "first start to ready, database made on the way", f"{_started(service):.1f} s"
    service.stop()
    yield "later start to ready", f"{_started(service):.1f} s"
    try:
        with service.client() as http:
            yield from _answered(http, photos)
        yield f"memory of the serving process after {len(photos) * 3} calls", f"{_resident(service.pid):.0f} MB"
    finally:
        service.stop()


def _answered(http: httpx2.Client, photos: list[Photo]) -> Iterator[tuple[str, str]]:
    for number, photo in enumerate(photos):
        _call(http, "/enroll", photo, member_id=str(number), face_selection="largest")
    each = quantiles([_call(http, "/identify", photo) for photo in photos], n=100)
    yield (
        "identify, one call at a time, 250 × 250 pixels",
        f"{each[49]:.0f} ms median, {each[94]:.0f} ms 95th percentile",
    )
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda photo: _call(http, "/identify", photo), photos))
    yield f"identify, {WORKERS} calls at a time", f"{len(photos) / (time.perf_counter() - began):.0f} a second"


def _started(service: Service) -> float:
    began = time.perf_counter()
    service.start()
    return time.perf_counter() - began


def _call(http: httpx2.Client, path: str, photo: Photo, **fields: str) -> float:
    """Milliseconds that the call took."""
    began = time.perf_counter()
    http.post(path, data=fields, files={"file": ("photo.jpg", photo())})
    return (time.perf_counter() - began) * 1000


def _resident(pid: int) -> float:
    """Megabytes of RAM that the process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) / KIBIBYTES_PER_MEGABYTE


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
