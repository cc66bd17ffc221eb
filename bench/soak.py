"""Whether memory stays bounded: `python -m bench.soak --requests 5000`, with a service of its own.

Sends pictures of all sizes and formats, of twelve megapixels among them, several at once, and prints what memory the
serving process holds on the way. Beside it `/live` is asked all the time: how long it takes shows whether the event
loop is ever held up.
"""

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx2
import pillow_heif
from PIL import Image

from bench.photos import NoPhotos, people, usual_place
from bench.service import NotServing, Service

SEED = 20_261_120  # any; the same pictures in the same order each time
WORKERS = 8
FIRST = 1000
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF")
SIDES = (64, 160, 320, 500, 640, 800, 1024, 1280, 1600, 2048, 2600, 4000)
MEGABYTE = 1_000_000


def main() -> int:
    """Print the figures. 1 if memory grew by more than a twentieth, 2 if nothing could be measured."""
    options = _options()
    try:
        photos = _photos(options.images)
        with tempfile.TemporaryDirectory(prefix="face-", ignore_cleanup_errors=True) as folder:
            service = Service(Path(folder)).start()
            try:
                return _soak(service, photos, options)
            finally:
                service.stop()
    except (NoPhotos, NotServing) as trouble:
        print(trouble, file=sys.stderr)
        return 2


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--images", type=Path, default=usual_place().parents[1], help="folder of lfw/ and groups/")
    return parser.parse_args()


def _photos(images: Path) -> list[bytes]:
    """Each format in each size up to 12 megapixels, and LFW's as they are, which are half of all."""
    pillow_heif.register_heif_opener()
    groups = [Image.open(path).convert("RGB") for path in sorted((images / "groups").glob("*.jpg"))]
    if not groups:
        msg = f"{images / 'groups'} holds no photographs."
        raise NoPhotos(msg)
    chosen = random.Random(SEED)  # noqa: S311 - a sample, no secret
    # Large ones are JPEGs, as from a telephone, and seldom.
    drawn = [
        _written(chosen.choice(groups), side, kind)
        for side in SIDES
        for kind in FORMATS
        if side <= 1600 or kind in {"JPEG", "WEBP"}  # noqa: PLR2004
    ]
    faces = [photos[0]() for photos in list(people(images / "lfw/lfw-deepfunneled.zip", 1).values())[: len(drawn)]]
    return [*drawn, *faces]


def _written(image: Image.Image, side: int, kind: str) -> bytes:
    file = BytesIO()
    scale = side / max(image.size)
    image.resize((round(image.width * scale), round(image.height * scale))).save(file, kind)
    return file.getvalue()


def _soak(service: Service, photos: Sequence[bytes], options: argparse.Namespace) -> int:
    order = random.Random(SEED).choices(photos, k=options.requests)  # noqa: S311 - a sample, no secret
    answers: Counter[int] = Counter()
    stop, waits = threading.Event(), list[float]()
    watch = threading.Thread(target=_watch, args=(service, stop, waits))
    watch.start()
    after_first = 0.0
    began = time.perf_counter()
    try:
        with service.client() as http, ThreadPoolExecutor(WORKERS) as pool:
            for done in _steps(options.requests):
                answers.update(pool.map(lambda photo: _ask(http, photo), order[done[0] : done[1]]))
                now = resident(service.pid)
                after_first = after_first or (now if done[1] >= FIRST else 0.0)
                print(f"{done[1]:6} requests, {time.perf_counter() - began:5.0f} s, {now:5.0f} MB", flush=True)
    finally:
        stop.set()
        watch.join()
    return _report(answers, waits, after_first, resident(service.pid))


def _steps(total: int) -> Iterator[tuple[int, int]]:
    return itertools.pairwise([*range(0, total, FIRST // 2), total])


def _ask(http: httpx2.Client, photo: bytes) -> int:
    return http.post("/identify", files={"file": ("photo", photo)}).status_code


def _watch(service: Service, stop: threading.Event, waits: list[float]) -> None:
    with service.client() as http:
        while not stop.wait(0.02):
            began = time.perf_counter()
            http.get("/live")
            waits.append(time.perf_counter() - began)


def _report(answers: Counter[int], waits: list[float], first: float, last: float) -> int:
    print(f"answers: {', '.join(f'{count} × {status}' for status, count in answers.most_common())}")
    hundredth = statistics.quantiles(waits, n=100)[98] * 1000
    print(f"/live: {statistics.median(waits) * 1000:.0f} ms median, {hundredth:.0f} ms 99th percentile")
    print(f"memory: {first:.0f} MB after the first {FIRST}, {last:.0f} MB at the end ({last / first - 1:+.1%})")
    return 0 if last <= 1.05 * first else 1


def resident(pid: int) -> float:
    """Megabytes of RAM that the process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / MEGABYTE


if __name__ == "__main__":
    sys.exit(main())
