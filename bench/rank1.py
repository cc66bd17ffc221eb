"""How often the right person comes first: `python -m bench.rank1 --people 300`.

Enrols one photograph of each person over HTTP, then identifies another one of each, and one of as many strangers.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.photos import NoPhotos, People, Photo, people, usual_place
from bench.serve import client
from bench.service import NotServing

SEED = 20_261_120  # any; the same people each time
LEAST_RANK1 = 0.98

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Probe:
    """A photograph, and who it shows: "" where nobody of the collection."""

    person: str
    photo: Photo


@dataclass(frozen=True, slots=True)
class Round:
    """What came of sending a list of photographs."""

    answers: Sequence[Answer]
    seconds: float

    @property
    def failures(self) -> str:
        codes = Counter(answer["code"] for answer in self.answers if "code" in answer)
        return ", ".join(f"{count} × {code}" for code, count in codes.most_common()) or "none"

    @property
    def rate(self) -> str:
        return f"{len(self.answers) / self.seconds:.1f}/s"


def main() -> int:
    """Print the figures. 0 if rank-1 is what the service promises, 1 if not, 2 if nothing could be measured."""
    options = _options()
    try:
        known, strangers = _cast(_among(people(options.images), options.only), options.people)
        with client(options.url) as http:
            return _measure(http, known, strangers, options.workers)
    except (NoPhotos, NotServing) as trouble:
        print(trouble, file=sys.stderr)
        return 2


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=300, help="how many are enrolled (300)")
    parser.add_argument("--images", type=Path, default=usual_place(), help="folder or zip of PERSON/*.jpg")
    parser.add_argument("--only", type=Path, help="file of the names of those who may take part, one a line")
    parser.add_argument("--url", default="", help="a running service; without it one is started")
    parser.add_argument("--workers", type=int, default=4, help="calls at a time (4)")
    return parser.parse_args()


def _among(everybody: People, only: Path | None) -> People:
    """Those who may take part."""
    names = set(only.read_text("utf-8").split()) if only else set(everybody)
    return {name: photos for name, photos in everybody.items() if name in names}


def _cast(everybody: People, count: int) -> tuple[People, list[Probe]]:
    """Whom to enrol, and as many others."""
    names = random.Random(SEED).sample(sorted(everybody), min(2 * count, len(everybody)))  # noqa: S311 - a sample, no secret
    known = {name: everybody[name] for name in names[:count]}
    return known, [Probe("", everybody[name][0]) for name in names[count:]]


def _measure(http: httpx2.Client, known: People, strangers: list[Probe], workers: int) -> int:
    collection = f"rank1-{time.time_ns()}"
    gallery = [Probe(name, photos[0]) for name, photos in known.items()]
    genuine = [Probe(name, photos[1]) for name, photos in known.items()]
    try:
        enrolled = _send(gallery, lambda probe: _enroll(http, collection, probe), workers)
        threshold = _identify(http, collection, genuine[0])["threshold"]
        found = _send(genuine, lambda probe: _identify(http, collection, probe, threshold="0"), workers)
        met = _send(strangers, lambda probe: _identify(http, collection, probe), workers)
    finally:
        http.delete(f"/collections/{collection}")
    return _report(genuine, enrolled, found, met, threshold)


def _send(probes: Sequence[Probe], call: Callable[[Probe], Answer], workers: int) -> Round:
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(call, probes))
    return Round(answers, time.perf_counter() - began)


def _enroll(http: httpx2.Client, collection: str, probe: Probe) -> Answer:
    # LFW names the person in the middle, who is the largest; others may stand behind.
    fields = {"member_id": probe.person, "collection": collection, "face_selection": "largest"}
    return _post(http, "/enroll", probe, fields)


def _identify(http: httpx2.Client, collection: str, probe: Probe, **fields: str) -> Answer:
    return _post(http, "/identify", probe, {"collection": collection, **fields})


def _post(http: httpx2.Client, path: str, probe: Probe, fields: dict[str, str]) -> Answer:
    answer: Answer = http.post(path, data=fields, files={"file": ("photo.jpg", probe.photo())}).json()
    return answer


def _report(genuine: Sequence[Probe], enrolled: Round, found: Round, met: Round, threshold: float) -> int:
    best = {probe.person: answer for probe, answer in zip(genuine, found.answers, strict=True)}
    right = [answer["best_similarity"] for name, answer in best.items() if answer.get("best_member_id") == name]
    missed = [name for name, answer in best.items() if answer.get("best_member_id") != name]
    total, strangers = len(genuine), len(met.answers)
    matched = sum(similarity >= threshold for similarity in right)
    wrong = sum(bool(answer.get("matched")) for answer in met.answers)
    kept = sum("code" not in answer for answer in enrolled.answers)
    print(f"people enrolled        {kept} of {total} ({enrolled.rate}; failures: {enrolled.failures})")
    print(f"identified, rank 1     {len(right) / total:.4f} ({found.rate}; failures: {found.failures})")
    print(f"  and matched at {threshold:.2f}  {matched / total:.4f}")
    print(f"  missed               {', '.join(missed) or 'nobody'}")
    if strangers:
        print(f"strangers matched      {wrong / strangers:.4f} of {strangers} at {threshold:.2f} ({met.rate})")
    return 0 if len(right) / total >= LEAST_RANK1 else 1


if __name__ == "__main__":
    sys.exit(main())
