"""A pack's models, opened in one runtime, as the pipeline uses them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.vision.attributes import Guesser
from app.vision.detect import Detector, finder
from app.vision.embed import Embedder
from app.vision.graph import operators
from app.vision.models.pack import Pack
from app.vision.runtimes.elastic import Elastic, Load
from app.vision.session import Runtime, Session


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """provider: the runtime and its precision, in words. guesser: of ages and the like, if the pack has a model."""

    detector: Detector
    embedder: Embedder
    provider: str
    guesser: Guesser | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """How models are opened. threads: runs at once, each on one core. size, exact: as Detector takes them."""

    threads: int
    size: int
    exact: bool


Build = Callable[[Runtime], Sight]


def build(runtime: Runtime, pack: Pack, cut: Cut, load: Load) -> Sight:
    """Open the models. Raises ModelUnavailable."""
    told = pack.normalisation
    detection, recognition = (_open(runtime, model, cut, load) for model in (pack.detector, pack.recogniser))
    detector = Detector(finder(detection, told.get("detector")), cut.size, exact=cut.exact)
    embedder = Embedder(recognition, operators(pack.recogniser), told.get("recogniser"))
    return Sight(detector, embedder, runtime.name, _guesser(runtime, pack, cut))


def _guesser(runtime: Runtime, pack: Pack, cut: Cut) -> Guesser | None:
    model = pack.extras.get("genderage")
    return Guesser(runtime.open(model, lanes=cut.threads, threads=1), operators(model)) if model else None


def _open(runtime: Runtime, model: Path, cut: Cut, load: Load) -> Session:
    narrow = runtime.open(model, lanes=cut.threads, threads=1)
    if cut.threads == 1 or narrow.batches:
        return narrow
    return Elastic(narrow, runtime.open(model, lanes=1, threads=cut.threads), load)
