"""What liveness makes of photographs, and of the same ones as if seen on a screen: `python -m bench.liveness`.

Press photographs stand in for live faces: none of them was taken to fool anybody. The screens are made here, by an
LCD's grid of red, green and blue seen through a lens from a little aside, so that moiré appears, with the edge of the
device around the picture and a grey veil of reflected light. That is no measurement of real attacks: it shows whether
the models react.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from app.config import Settings
from app.domain.faces import Pixels
from app.domain.matching import subjects
from app.vision.decode import Limits, decode
from app.vision.engine import Engine
from app.vision.liveness import LivenessChecker
from app.wiring import engine_of, find_liveness, find_pack
from bench.photos import people, usual_place

LIMITS = Limits(20_000_000, 50_000_000)
SCREEN = 750
"""Pixels of the screen that shows a photo, in either direction: three stripes for each pixel of 250."""
DEVICE = 60
CAMERA = (480, 640)
LENS = 1.2
"""Deviation of its blur in pixels of the screen: just too little to hide the stripes."""
VEIL = 18
THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9)


def main() -> None:
    """Print what share of each kind passes for live, by threshold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--images", type=Path, default=usual_place())
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    settings = Settings()
    pack = find_pack(settings)
    found = find_liveness(settings, pack)
    if found is None:
        parser.error("no models of liveness are here")
    photos = [first() for first, *_ in islice(people(options.images, 1).values(), 0, 5 * options.count, 5)]
    with engine_of(settings, pack) as engine:
        checker = LivenessChecker(engine, found, LIMITS)
        kinds = {"photographs": photos, "the same on a made screen": [on_screen(photo) for photo in photos]}
        print(f"{found.name}\n| | faces | median | " + " | ".join(f"≥ {cut}" for cut in THRESHOLDS) + " |")
        print("|---" * (3 + len(THRESHOLDS)) + "|")
        for kind, pictures in kinds.items():
            print(_row(kind, asyncio.run(scores(engine, checker, pictures))))


def _row(kind: str, found: Sequence[float]) -> str:
    shares = " | ".join(f"{np.mean(np.array(found) >= cut):.3f}" for cut in THRESHOLDS)
    return f"| {kind} | {len(found)} | {np.median(found):.3f} | {shares} |"


async def scores(engine: Engine, checker: LivenessChecker, pictures: Iterable[bytes]) -> list[float]:
    """Of the face that each picture is of, where there is one."""
    found: list[float] = []
    for picture in pictures:
        faces = subjects((await engine.see(picture, subjects)).faces)
        found += await checker.scores(picture, faces) if faces else []
    return found


def on_screen(photo: bytes) -> bytes:
    """A JPEG of the photo on a device's screen, seen a little from aside."""
    pixels = decode(photo, LIMITS)
    lit = cv2.resize(pixels, (SCREEN, SCREEN), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    stripes = np.eye(3, dtype=np.float32)[np.arange(SCREEN) % 3] * 2.2 + 0.2
    lit *= stripes[None] * np.where(np.arange(SCREEN) % 3 == 0, 0.7, 1.0)[:, None, None]  # the gaps between the rows
    edge = (DEVICE, DEVICE, DEVICE, DEVICE)
    device = cv2.copyMakeBorder(lit, *edge, borderType=cv2.BORDER_CONSTANT, value=(12, 12, 14))
    lens = cv2.GaussianBlur(device, (0, 0), LENS)
    seen = cv2.warpPerspective(lens, _aside(device.shape[0]), CAMERA, borderValue=(96, 90, 84))
    return _jpeg(np.clip(seen + VEIL, 0, 255).astype(np.uint8))


def _aside(side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    seen = np.array([(31, 93), (455, 71), (463, 549), (22, 531)], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, seen), dtype=np.float64)


def _jpeg(pixels: Pixels) -> bytes:
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


if __name__ == "__main__":
    main()
