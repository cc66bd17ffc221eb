"""Four times as many calls as can be served: `python -m bench.overload`.

The service is measured with one caller, then with eight, who find what it can serve at best. Then calls arrive by the
clock, four times as many as that, whether or not earlier ones were answered, each on a connection of its own if none
is free, as the clients of a busy day do. Told are: the calls that were served, how long those took, how soon the others
were refused and how, the memory, and how one caller is served right after it.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from bench.http import BOUNDARY
from bench.photos import people, usual_place
from bench.service import Service

TIMES = 4
GOODPUT = 0.9
BUSY = (429, 503)
OK, LOST = 200, 0
CALLERS = 8
PATIENCE_SECONDS = 60
SETTLE_SECONDS = 10
SOON_MS = 100
MEGABYTE = 1_000_000


@dataclass
class Calls:
    """Seconds that each answer took, by its status; LOST: no answer came. silent: refusals without a Retry-After."""

    took: dict[int, list[float]] = field(default_factory=dict)
    silent: int = 0
    seconds: float = 0.0

    def add(self, status: int, took: float) -> None:
        self.took.setdefault(status, []).append(took)

    def served(self) -> float:
        """Answers of 200 a second."""
        return len(self.took.get(OK, [])) / self.seconds

    def late(self, *statuses: int) -> float:
        """The 99th percentile of the milliseconds that these statuses took."""
        every = [took * 1000 for status in statuses for took in self.took.get(status, [])]
        return statistics.quantiles(every, n=100)[98] if len(every) > 1 else 0.0

    def latest(self, *statuses: int) -> float:
        """The most milliseconds that these statuses took."""
        return max((took * 1000 for status in statuses for took in self.took.get(status, [])), default=0.0)


def main() -> int:
    """Measure, and say whether the service keeps its promises."""
    options = _options()
    bodies = _bodies(options.pictures)
    client = multiprocessing.get_context("spawn").Pool(1)
    with client, tempfile.TemporaryDirectory(prefix="face-", ignore_cleanup_errors=True) as folder:
        service = Service(Path(folder), {"LOG_LEVEL": "warning"}).start()
        try:
            client.apply(closed, (service.url, bodies, CALLERS, 5.0))
            alone = client.apply(closed, (service.url, bodies, 1, 10.0))
            best = client.apply(closed, (service.url, bodies, CALLERS, float(options.measure)))
            overload, sizes = _overloaded(client, service, bodies, best.served() * TIMES, options.seconds)
            after = client.apply(closed, (service.url, bodies, 1, 10.0))
        finally:
            service.stop()
    return _report(alone, best, overload, after, sizes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=300, help="of overload")
    parser.add_argument("--measure", type=int, default=20, help="seconds in which the best is found")
    parser.add_argument("--pictures", type=int, default=100)
    return parser.parse_args()


def _bodies(count: int) -> list[bytes]:
    """Requests, ready to be sent: /detect, which leaves nothing behind, of photographs of 250 × 250 pixels."""
    everybody = people(usual_place(), 1).values()
    return [_request(photos[0]()) for photos in islice(everybody, 0, 20 * count, 20)]


def _request(picture: bytes) -> bytes:
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="1.jpg"\r\n\r\n'.encode()
    body = part + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = f"POST /detect HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _overloaded(
    client: "multiprocessing.pool.Pool", service: Service, bodies: Sequence[bytes], rate: float, seconds: int
) -> tuple[Calls, list[int]]:
    """The calls, and the service's memory once a second."""
    sizes, process = [], psutil.Process(service.pid)
    calling = client.apply_async(opened, (service.url, bodies, rate, float(seconds)))
    while not calling.ready():
        sizes.append(process.memory_info().rss)
        calling.wait(1)
    return calling.get(), sizes


def closed(url: str, bodies: Sequence[bytes], callers: int, seconds: float) -> Calls:
    """So many callers, each of whom waits for an answer before the next call. Runs in the clients' process."""
    return asyncio.run(_Clients(url).closed(bodies, callers, seconds))


def opened(url: str, bodies: Sequence[bytes], rate: float, seconds: float) -> Calls:
    """So many calls a second, whatever becomes of them. Runs in the clients' process."""
    return asyncio.run(_Clients(url).opened(bodies, rate, seconds))


class _Clients:
    """Connections that are used again, as many as are needed at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._calls = Calls()

    async def closed(self, bodies: Sequence[bytes], callers: int, seconds: float) -> Calls:
        waiting, end = cycle(bodies), time.perf_counter() + seconds

        async def caller() -> None:
            while time.perf_counter() < end:
                await self._call(next(waiting))

        await asyncio.gather(*(caller() for _ in range(callers)))
        return self._ended(seconds)

    async def opened(self, bodies: Sequence[bytes], rate: float, seconds: float) -> Calls:
        began, tasks = time.perf_counter(), set[asyncio.Task[None]]()
        for number, body in zip(range(int(rate * seconds)), cycle(bodies), strict=False):
            await asyncio.sleep(max(0, began + number / rate - time.perf_counter()))
            task = asyncio.create_task(self._call(body))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        return self._ended(time.perf_counter() - began)

    def _ended(self, seconds: float) -> Calls:
        self._calls.seconds = seconds
        for _, writer in self._idle:
            writer.close()
        return self._calls

    async def _call(self, request: bytes) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, told_when = await self._answer(request)
                self._calls.silent += status in BUSY and not told_when
        except (OSError, EOFError, TimeoutError):
            status = LOST
        self._calls.add(status, time.perf_counter() - began)

    def _known(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection that was used before and that the service has not closed since."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def _answer(self, request: bytes) -> tuple[int, bool]:
        """The status, and whether it says when to come again."""
        reader, writer = self._known() or await asyncio.open_connection(*self._address)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0]))
        except BaseException:
            writer.close()
            raise
        if "connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head.split()[1]), "retry-after: " in head


def _report(alone: Calls, best: Calls, overload: Calls, after: Calls, sizes: Sequence[int]) -> int:
    counts = Counter({status: len(took) for status, took in overload.took.items()})
    settled = sizes[min(SETTLE_SECONDS, len(sizes) - 1)]
    usual, served, refused = alone.late(OK), overload.late(OK), overload.late(*BUSY)
    goodput = overload.served() / best.served()
    print(f"served {overload.served():.1f} a second of {best.served():.1f} at best; all calls: {dict(counts)}")
    promises = {
        f"{goodput:.2f} of the best is served": goodput >= GOODPUT,
        f"refused by 429 and 503 alone, {overload.silent} of them without Retry-After": set(counts) <= {OK, *BUSY}
        and any(counts[status] for status in BUSY)
        and not overload.silent,
        f"refused within {refused:.0f} ms (p99; longest {overload.latest(*BUSY):.0f})": refused < SOON_MS,
        f"served within {served:.0f} ms (p99), alone within {usual:.0f}": served <= 3 * usual,
        f"memory {settled / MEGABYTE:.0f} → at most {max(sizes) / MEGABYTE:.0f} MB": max(sizes) < 1.5 * settled,
        f"right after it within {after.late(OK):.0f} ms (p99), by {sorted(after.took)}": set(after.took) == {OK}
        and after.late(OK) < 2 * usual,
    }
    for promise, kept in promises.items():
        print(f"{'kept  ' if kept else 'BROKEN'}  {promise}")
    return 0 if all(promises.values()) else 1


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
