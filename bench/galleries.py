"""Who is found in a gallery, and what becomes of it when workers die: `python -m bench.galleries`.

A gallery of LFW photos in a real S3; clients are enrolled from one photo each that is not in the gallery. Reported are
precision and recall over pairs of client and photo, and how long it took. With --kill, the workers (processes of their
own) are killed every so many seconds, and Postgres once.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil

from app.store.embedded import EmbeddedPostgres
from bench.photos import NoPhotos, People, people, usual_place
from bench.service import ROOT, Service
from bench.storage import BUCKET, Faults, faulty, photos_in_s3, settings_for

SEED = 20_261_120
GALLERY = "event"
PREFIX = "galleries/event/"
PATIENCE_SECONDS = 1800

Pairs = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Event:
    """clients: a photo of each that is not in the gallery. photos: by key. truth: who is in which."""

    clients: Mapping[str, bytes]
    photos: Mapping[str, bytes]
    truth: Pairs


def event(everybody: People, clients: int, photos: int) -> Event:
    """Clients with several photos, and other people, in an order that is always the same."""
    chance = random.Random(SEED)  # noqa: S311 - a draw, not a secret
    known = chance.sample(sorted(name for name, taken in everybody.items() if len(taken) >= 3), clients)  # noqa: PLR2004
    theirs = [(name, n) for name in known for n in range(1, len(everybody[name]))]
    strangers = [(name, n) for name in sorted(set(everybody) - set(known)) for n in range(len(everybody[name]))]
    chance.shuffle(theirs)
    chance.shuffle(strangers)
    theirs = theirs[: photos // 2]
    chosen = theirs + strangers[: photos - len(theirs)]
    return Event(
        {name: everybody[name][0]() for name in known},
        {f"{PREFIX}{name}_{n}.jpg": everybody[name][n]() for name, n in chosen},
        {(name, f"{PREFIX}{name}_{n}.jpg") for name, n in theirs},
    )


@dataclass(frozen=True, slots=True)
class Score:
    precision: float
    recall: float
    found: int
    twice: int


def score(truth: Pairs, found: Sequence[tuple[str, str]]) -> Score:
    """twice: pairs of a client and a photo that were answered more than once."""
    right = len(truth & set(found))
    twice = sum(count - 1 for count in Counter(found).values())
    return Score(right / max(len(set(found)), 1), right / len(truth), len(set(found)), twice)


@dataclass
class Killer:
    """Kills a worker so many seconds after all have begun to work, and starts a new one, over and over.

    The database dies once, as long after the first worker.
    """

    environment: Mapping[str, str]
    log: Path
    every: float
    database: psutil.Process | None
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    killed: int = 0

    def start(self, count: int) -> None:
        self.workers = [self._worker() for _ in range(count)]
        self._due = self._first = 0.0

    def look(self) -> None:
        if self.killed and self.database and time.monotonic() > self._first + self.every:
            self.database.kill()
            self.database = None
        if not self.every or self.log.read_bytes().count(b"worker started") < len(self.workers) + self.killed:
            return
        self._due = self._due or time.monotonic() + self.every
        if time.monotonic() > self._due:
            self._kill(self.killed % len(self.workers))
            self._due = 0.0

    def _kill(self, victim: int) -> None:
        self.workers[victim].kill()
        self.workers[victim].wait()
        self.workers[victim] = self._worker()
        self.killed += 1
        self._first = self._first or time.monotonic()

    def stop(self) -> None:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            worker.wait(60)

    def _worker(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "app", "worker"]
            return subprocess.Popen(  # noqa: S603 - our own program
                command, cwd=ROOT, env=dict(self.environment), stdout=output, stderr=output
            )


class Client:
    """What the bench asks of the service."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    def prepare(self, made: Event, threshold: float | None, scheme: str = "s3") -> None:
        source = f"{scheme}://{BUCKET}/{PREFIX}"
        self._ok(self._http.put(f"/galleries/{GALLERY}", json={"source": source, "threshold": threshold}))
        for name, photo in made.clients.items():
            path = f"/galleries/{GALLERY}/clients/{name}/enroll-face"
            data = {"face_selection": "largest"}
            self._ok(self._http.post(path, data=data, files={"file": ("a.jpg", photo)}))

    def process(self, **options: bool) -> dict[str, Any]:
        return self._ok(self._http.post(f"/galleries/{GALLERY}/process-faces", json=options))

    def standing(self) -> dict[str, Any]:
        return self._ok(self._http.get(f"/galleries/{GALLERY}/face-process-status"))

    def pairs(self, clients: Sequence[str]) -> list[tuple[str, str]]:
        found = []
        for name in clients:
            found += [(name, photo["key"]) for photo in self._all(f"/galleries/{GALLERY}/clients/{name}/photos")]
        return found

    def photos(self, **query: str) -> list[dict[str, Any]]:
        return list(self._all(f"/galleries/{GALLERY}/photos", **query))

    def retry(self) -> int:
        return int(self._ok(self._http.post(f"/galleries/{GALLERY}/failures/retry", json={}))["retried"])

    def _all(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            page = self._ok(self._http.get(path, params={"limit": "1000", "cursor": cursor, **query}))
            yield from page["photos"]
            if not (cursor := page["next_cursor"]):
                return

    def _ok(self, answer: httpx2.Response) -> dict[str, Any]:
        if not answer.is_success:
            msg = f"{answer.request.method} {answer.request.url.path}: {answer.text[:300]}"
            raise SystemExit(msg)
        body: dict[str, Any] = answer.json()
        return body


def wait(client: Client, killer: Killer | None = None) -> float:
    """Seconds until the run is over."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE_SECONDS:
        if killer:
            killer.look()
        try:
            if client.standing()["status"] in ("done", "failed"):
                return time.monotonic() - began
        except (httpx2.TransportError, SystemExit):
            if not killer:
                raise
        time.sleep(0.25)
    msg = "the gallery was not done in time"
    raise SystemExit(msg)


@contextmanager
def database(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A Postgres that outlives the service."""
    server = EmbeddedPostgres(folder / "postgres")
    with server as url:
        yield url, psutil.Process(server.pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--threshold", type=float, help="of the gallery; the service's own if not given")
    parser.add_argument("--workers", type=int, default=0, help="processes beside the service; 0: within it")
    parser.add_argument("--kill", type=float, default=0, help="seconds between two kills of a worker")
    parser.add_argument("--faults", action="store_true", help="5 %% of fetches fail, 2 %% hang, 1 %% are no pictures")
    parser.add_argument("--wrong", action="store_true", help="list pairs that the labels do not know")
    parser.add_argument("--images", type=Path, default=usual_place())
    options = parser.parse_args()
    try:
        made = event(people(options.images, 1), options.clients, options.photos)
    except NoPhotos as missing:
        sys.exit(str(missing))
    with tempfile.TemporaryDirectory() as name:
        run(options, made, Path(name))


def run(options: argparse.Namespace, made: Event, folder: Path) -> None:
    faults = Faults(fail=0.05, hang=0.02) if options.faults else Faults()
    photos = dict(made.photos)
    if options.faults:
        photos |= dict.fromkeys(sorted(photos)[::100], b"this is no picture")
    with (
        photos_in_s3(folder / "s3", photos) as storage,
        faulty(storage, faults) as door,
        database(folder) as (url, postmaster),
    ):
        address = door if options.faults else storage
        quick = {"FETCH_FIRST_BYTE_SECONDS": "1", "WORKER_RETRY_SECONDS": "0.2"} if options.faults else {}
        worker = {"WORKER_IN_PROCESS": "false" if options.workers else "true", "DATABASE_URL": url}
        settings = {**settings_for(address), **quick, **worker}
        service = Service(folder, settings).start()
        killer = Killer(service.environment, folder / "workers.log", options.kill, postmaster if options.kill else None)
        killer.start(options.workers)
        try:
            with service.client() as http:
                report(Client(http), made, options, killer, faults)
        finally:
            killer.stop()
            service.stop()


def report(client: Client, made: Event, options: argparse.Namespace, killer: Killer, faults: Faults) -> None:
    client.prepare(made, options.threshold)
    client.process()
    seconds = wait(client, killer)
    states = Counter(photo["state"] for photo in client.photos())
    print(
        f"{len(made.photos)} photos, {len(made.clients)} clients: {seconds:.1f} s, {len(made.photos) / seconds:.1f}/s"
    )
    if killer.killed:
        print(f"killed: {killer.killed} workers, Postgres {'once' if killer.database else 'never'}")
    print("states:", dict(states))
    errors = Counter(photo["error"]["code"] for photo in client.photos(state="error"))
    if errors:
        print("dead letters:", dict(errors))
        faults.fail = faults.hang = 0
        print("retried once the storage is well again:", client.retry(), f"in {wait(client, None):.1f} s")
        print("states:", dict(Counter(photo["state"] for photo in client.photos())))
        print("dead letters:", dict(Counter(photo["error"]["code"] for photo in client.photos(state="error"))))
    found = score(made.truth, client.pairs(sorted(made.clients)))
    print(f"pairs: {len(made.truth)} true, {found.found} found, {found.twice} twice")
    print(f"precision {found.precision:.4f}, recall {found.recall:.4f}")
    if options.wrong:
        for name, key in sorted(set(client.pairs(sorted(made.clients))) - made.truth):
            print("wrong:", name, "in", key)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
