"""What the queue and the database cost: `python -m bench.worker`.

The same photos twice on one core: through the engine alone, from memory; and by a worker that takes them from the
queue, fetches them from a real S3 and writes down who is in them. Postgres and the storage have the other core.
"""

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import httpx2

from app.config import Face, Settings
from app.vision.cores import cores
from app.wiring import engine_of
from bench.galleries import GALLERY, Client, Event, Killer, database, event, wait
from bench.photos import people, usual_place
from bench.service import Service
from bench.storage import photos_in_s3, settings_for

CORE, OTHERS = {0}, {1}
WARM = 30
"""Photos that are done before the clock is started: modules are read and models warm by then."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--images", type=Path, default=usual_place())
    parser.add_argument("--photo", type=Path, help="a photo that is to stand for all of them")
    options = parser.parse_args()
    made = event(people(options.images, 1), 20, options.photos)
    if options.photo:
        made = Event(made.clients, dict.fromkeys(made.photos, options.photo.read_bytes()), made.truth)
    with tempfile.TemporaryDirectory() as folder:
        worker = through_the_queue(made, Path(folder))
    alone = through_the_engine(made)
    print(f"engine alone {alone:.1f} photos/s, worker {worker:.1f} photos/s: {worker / alone:.2f}")


def through_the_engine(made: Event) -> float:
    """Photos a second: seen and embedded, by one thread on one core."""
    os.sched_setaffinity(0, CORE)
    assert cores(1) == 1
    with engine_of(Settings(face=Face(threads=1))) as engine:
        photos = list(made.photos.values())

        async def one(photo: bytes) -> None:
            await engine.embed((await engine.see(photo, lambda faces: faces)).faces)

        async def everything() -> float:
            await asyncio.gather(*map(one, photos[:20]))
            began = time.perf_counter()
            for photo in photos:
                await one(photo)
            return time.perf_counter() - began

        return len(photos) / asyncio.run(everything())


def through_the_queue(made: Event, folder: Path) -> float:
    """Photos a second, from the first that is done to the last."""
    os.sched_setaffinity(0, OTHERS)
    with photos_in_s3(folder / "s3", made.photos) as storage, database(folder) as (url, _):
        settings = {**settings_for(storage), "WORKER_IN_PROCESS": "false", "DATABASE_URL": url}
        service = Service(folder, settings).start()
        alone = {**service.environment, "FACE_THREADS": "1"}
        killer = Killer(alone, folder / "workers.log", 0, None)
        try:
            with service.client() as http:
                return _measured(Client(http), http, made, killer)
        finally:
            killer.stop()
            service.stop()


def _measured(client: Client, http: httpx2.Client, made: Event, killer: Killer) -> float:
    client.prepare(made, None)
    killer.start(1)
    os.sched_setaffinity(killer.workers[0].pid, CORE)
    client.process()
    while (begun := int(client.standing()["done"])) < WARM:
        time.sleep(0.02)
    began = time.perf_counter()
    wait(client)
    seconds = time.perf_counter() - began
    assert http.get(f"/galleries/{GALLERY}/failures").json()["photos"] == []
    return (len(made.photos) - begun) / seconds


if __name__ == "__main__":
    main()
