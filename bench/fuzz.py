"""Damaged pictures against the decoder: `python -m bench.fuzz`.

Real pictures of every format are cut, flipped, made to lie about their size and their metadata, and decoded as a call
would have them. Each must end in pixels or in a known error, soon; the process must not die, and its memory must stay
where it is. The decoding is in a process of its own, so that a crash is seen and named: the same --seed and number make
the same picture again (`--only NUMBER` writes it to a file).
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

import psutil

from app.domain.errors import UnusableImage
from app.vision.decode import Limits, opened
from bench.mutations import mutated, seeds
from bench.photos import usual_place
from bench.service import ROOT

LIMITS = Limits(2_000_000, 8_000_000)
DETECTOR_SIDE = 640
SLOW_SECONDS = 2.0
WARM = 0.3
"""Part of the run after which memory has to stay: decoders and allocators take their share first."""
LEAK_BYTES = 40_000_000


@dataclass
class Found:
    """What became of the pictures. codes: how often each ending was. wrong: endings that nobody promised."""

    codes: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    grown: int = 0

    @property
    def good(self) -> bool:
        return not self.wrong and self.grown < LEAK_BYTES and self.slowest < SLOW_SECONDS


def main() -> int:
    """Fuzz, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=Path, default=usual_place().parents[1])
    parser.add_argument("--only", type=int, help="write this picture to a file, and decode it alone")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.images, options.seed, options.count)
        return 0
    if options.only is not None:
        return _only(options.images, options.seed, options.only)
    found = fuzz(options.images, options.count, options.seed)
    print(json.dumps(asdict(found), indent=2))
    return 0 if found.good else 1


def fuzz(images: Path, count: int, seed: int = 1) -> Found:
    """Decode so many damaged pictures in another process."""
    command = [sys.executable, "-m", "bench.fuzz", "--child", "--seed", str(seed), "--count", str(count)]
    with subprocess.Popen(  # noqa: S603 - our own arguments
        [*command, "--images", str(images)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libjpeg and libtiff have a remark on each
        text=True,
    ) as child:
        assert child.stdout
        found, last = Found(), "0"
        for line in child.stdout:
            if line.startswith("{"):
                found = Found(**json.loads(line))
            else:
                last = line.strip()
    if child.returncode:
        found.wrong.append(f"the process ended with {child.returncode} at picture {last}")
    return found


def _child(images: Path, seed: int, count: int) -> None:
    """Decode, telling the number of each picture before it is touched: who dies cannot tell it afterwards."""
    warnings.simplefilter("error", RuntimeWarning)  # of numpy: an overflow is a mistake of ours
    found, process, settled = Found(), psutil.Process(), 0
    for number, name, content in _pictures(images, seed, count):
        print(number, flush=True)
        began = time.perf_counter()
        ending = _ending(found, number, name, content)
        found.codes[ending] = found.codes.get(ending, 0) + 1
        found.slowest = max(found.slowest, time.perf_counter() - began)
        if number == int(count * WARM):
            settled = process.memory_info().rss
    found.grown = process.memory_info().rss - settled
    print(json.dumps(asdict(found)))


def _pictures(images: Path, seed: int, count: int) -> Iterator[tuple[int, str, bytes]]:
    whole = list(seeds(images).items())
    for number in range(count):
        name, content = whole[number % len(whole)]
        yield number, name, mutated(Random(f"{seed}-{number}"), content)  # noqa: S311 - no secret


def _ending(found: Found, number: int, name: str, content: bytes) -> str:
    try:
        image = opened(content, LIMITS)
        photo = image.decode(image.coarsest(DETECTOR_SIDE))
        assert photo.pixels.ndim == 3  # noqa: PLR2004
        assert photo.pixels.shape[2] == 3  # noqa: PLR2004
    except UnusableImage as error:
        return error.slug
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        found.wrong.append(f"picture {number}, a {name}: {error!r}")
        return type(error).__name__
    return "decoded"


def _only(images: Path, seed: int, number: int) -> int:
    _, name, content = list(_pictures(images, seed, number + 1))[-1]
    Path(f"fuzzed-{seed}-{number}").write_bytes(content)
    found = Found()
    print(name, _ending(found, number, name, content), *found.wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
