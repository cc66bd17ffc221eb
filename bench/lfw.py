"""LFW by its protocol and as an open set: `python -m bench.lfw`, ours beside insightface's FaceAnalysis.

Both run the same weights on the same photos, and of several faces take the largest (or with --face central the one
nearest to the middle, whom LFW names). Embeddings are kept in a folder, so that a second run computes only what is new.
"""

import argparse
import asyncio
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.commands.photos import without
from app.domain.calibration import fpir
from app.domain.comparisons import Labelled
from app.domain.evaluation import Searched, Share, identify, search, stranger_rate
from app.vision.engine import EngineOptions, open_engine
from app.vision.labelled import Photo, Which, chosen, photos
from app.vision.models.curves import curve
from app.vision.models.find import choose
from bench.photos import usual_place
from bench.service import ROOT

PACKS = ("scrfd_mobilefacenet", "yunet_mobilefacenet", "buffalo_sc_int8")
NOT_IN_LIBRARY = ("yunet_mobilefacenet",)  # insightface reads no YuNet
LIBRARY = "library"
FOLDS = 10
SAVED_EVERY = 500

Vectors = NDArray[np.float32]
Embed = Callable[[bytes], Vectors | None]
Pair = tuple[str, str, bool]


@dataclass(frozen=True)
class Contender:
    """Who embeds: the library, or this engine by its provider, with a pack. which: whose face is taken."""

    who: str
    pack: str
    which: Which

    @property
    def file(self) -> str:
        return f"{self.who}-{self.pack}-{self.which}.npz"


def main() -> None:
    """Print two lines of a table for each contender."""
    options = _options()
    given = {photo.name.rpartition("/")[2].rpartition(".")[0]: photo for photo in photos(options.images)}
    pairs = read_pairs(options.images.with_name("pairs.txt"))
    wanted = given if options.all else {name: given[name] for pair in pairs for name in pair[:2]}
    options.cache.mkdir(parents=True, exist_ok=True)
    for contender in _contenders(options):
        found = embedded(contender, wanted, options)
        print(f"| {contender.who} | {contender.pack} | {_protocol(found, pairs)} |", flush=True)
        if options.all:
            known = {photo.name for photo in without(list(given.values()), options.leave_out)}
            found = {name: vector for name, vector in found.items() if given[name].name in known}
            print(f"| {contender.who} | {contender.pack} | {_open_set(found, given)} |", flush=True)
            if options.predict and contender.who != LIBRARY:
                _predict(found, given, options, contender.pack)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packs", nargs="*", default=PACKS, help="packs to measure")
    parser.add_argument("--images", type=Path, default=usual_place(), help="LFW's zip; pairs.txt lies beside it")
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared", help="folder of models/<pack>")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "lfw", help="folder for embeddings")
    parser.add_argument("--face", default="largest", choices=list(map(str, Which)), help="which of several faces")
    parser.add_argument("--all", action="store_true", help="all 13,233 photos, for 1:N as well")
    parser.add_argument("--leave-out", type=Path, help="file of people and photos to leave out of 1:N")
    parser.add_argument("--ours", action="store_true", help="without the library")
    parser.add_argument("--provider", default="cpu", help="FACE_PROVIDER of the engine")
    parser.add_argument("--predict", action="store_true", help="compare FPIR by the shipped curve with FPIR as it was")
    return parser.parse_args()


def _contenders(options: argparse.Namespace) -> Iterator[Contender]:
    for pack in options.packs:
        if not options.ours and pack not in NOT_IN_LIBRARY:
            yield Contender(LIBRARY, pack, Which(options.face))
        yield Contender(options.provider, pack, Which(options.face))


def read_pairs(path: Path) -> list[Pair]:
    """Two photos by name, and whether they show one person. Lines: «person i j», or «person i other j»."""
    rows = [line.split() for line in path.read_text().splitlines()[1:]]
    return [(_name(row[0], row[1]), _name(row[-2] if len(row) > 3 else row[0], row[-1]), len(row) == 3) for row in rows]  # noqa: PLR2004


def _name(person: str, number: str) -> str:
    return f"{person}_{int(number):04d}"


def embedded(contender: Contender, wanted: dict[str, Photo], options: argparse.Namespace) -> dict[str, Vectors]:
    """A vector for each photo, zeros where no face was found. Saved now and then."""
    file = options.cache / contender.file
    known = read_cache(file)
    missing = sorted(set(wanted) - set(known))
    if missing:
        embed = _opened(contender, options.models)
        for number, name in enumerate(missing, 1):
            vector = embed(wanted[name].read())
            known[name] = np.zeros(1, dtype=np.float32) if vector is None else vector
            if number % SAVED_EVERY == 0 or number == len(missing):
                write_cache(file, known)
    return {name: known[name] for name in wanted}


def _opened(contender: Contender, models: Path) -> Embed:
    pack, which = contender.pack, contender.which
    return library(models, pack, which) if contender.who == LIBRARY else engine(models, pack, which, contender.who)


def read_cache(file: Path) -> dict[str, Vectors]:
    """Vectors by photo; none where there is no file."""
    if not file.exists():
        return {}
    kept = np.load(file)
    return dict(zip(kept["names"].tolist(), kept["vectors"], strict=True))


def write_cache(file: Path, known: dict[str, Vectors]) -> None:
    """Keep the vectors; those of length one of which stand for no face."""
    size = max(len(vector) for vector in known.values())
    rows = np.stack([vector if len(vector) == size else np.zeros(size, dtype=np.float32) for vector in known.values()])
    fresh = file.with_suffix(".new.npz")
    np.savez(fresh, names=np.array(list(known)), vectors=rows)
    fresh.replace(file)


def library(models: Path, pack: str, which: Which) -> Embed:
    """Insightface, as its own examples use it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app import FaceAnalysis  # noqa: PLC0415 - it warns while it is imported

        analysis = FaceAnalysis(pack, str(models), ["detection", "recognition"])
        analysis.prepare(ctx_id=-1, det_size=(640, 640))

    def embed(photo: bytes) -> Vectors | None:
        image = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        boxes, points = analysis.det_model.detect(image, max_num=0, metric="default")
        if not len(boxes):
            return None
        at = _meant(boxes[:, :4] / np.tile(image.shape[1::-1], 2), which)
        return _recognised(analysis, image, boxes[at], points[at])

    return embed


def _recognised(analysis: object, image: NDArray[np.generic], box: Vectors, points: Vectors) -> Vectors:
    """FaceAnalysis.get for one face: it would embed them all."""
    from insightface.app.common import Face  # noqa: PLC0415 - as above

    face = Face(bbox=box[:4], kps=points, det_score=box[4])
    analysis.models["recognition"].get(image, face)  # type: ignore[attr-defined]  # insightface carries no types
    return np.asarray(face.normed_embedding, dtype=np.float32)


def _meant(boxes: NDArray[np.floating], which: Which) -> int:
    if which is Which.LARGEST:
        return int(np.argmax((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))
    return int(np.argmin((((boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5) ** 2).sum(axis=1)))


def engine(models: Path, pack: str, which: Which, provider: str) -> Embed:
    """The service's own engine."""
    opened = open_engine(choose([models], pack), EngineOptions(provider, threads=1))

    async def embed(photo: bytes) -> Vectors | None:
        face = chosen(await opened.see(photo), which)
        return (await opened.embed([face]))[0].embedding if face else None

    return lambda photo: asyncio.run(embed(photo))


def _protocol(found: dict[str, Vectors], pairs: Sequence[Pair]) -> str:
    """Ten folds, each judged by the threshold that is best on the other nine (Huang et al. 2007)."""
    scores = np.array([_similarity(found[a], found[b]) for a, b, _ in pairs])
    each = fold_accuracies(scores, np.array([same for _, _, same in pairs]))
    missed = sum(not vector.any() for vector in found.values())
    return f"6,000 pairs: {each.mean():.4f} ± {each.std():.4f}; {missed} of {len(found)} photos without a face"


def _similarity(a: Vectors, b: Vectors) -> float:
    """Zero where one of them stands for no face."""
    return float(a @ b) if len(a) == len(b) else 0.0


def fold_accuracies(scores: NDArray[np.float64], same: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The part that is judged right in each fold, by the threshold that is best on all others."""
    fold = np.arange(len(scores)) * FOLDS // len(scores)
    return np.array([_right(scores, same, fold == n) for n in range(FOLDS)])


def _right(scores: NDArray[np.float64], same: NDArray[np.bool_], held: NDArray[np.bool_]) -> float:
    known, truth = scores[~held], same[~held]
    candidates = np.unique(known)
    right = [float(((known >= threshold) == truth).mean()) for threshold in candidates]
    return float(((scores[held] >= candidates[int(np.argmax(right))]) == same[held]).mean())


def _labelled(found: dict[str, Vectors], given: dict[str, Photo]) -> Labelled:
    names = sorted(name for name, vector in found.items() if vector.any())
    people = np.unique([given[name].person for name in names], return_inverse=True)[1].astype(np.intp)
    return Labelled(np.stack([found[name] for name in names]), people, tuple(names))


def _open_set(found: dict[str, Vectors], given: dict[str, Photo]) -> str:
    report = identify(search(_labelled(found, given)))
    rates = "; ".join(
        f"TPIR {_told(each.true)} at FPIR {each.false:.1%} (cosine {each.threshold:.3f})"
        for each in report.operations[1:]
    )
    size = f"{report.gallery:,} × 1 photo, {report.members:,} probes, {report.strangers:,} strangers"
    return f"{size}: rank-1 {_told(report.rank1)}; {rates}"


def _told(share: Share) -> str:
    return f"{share.value:.4f} ({share.low:.4f}–{share.high:.4f})"


def _predict(found: dict[str, Vectors], given: dict[str, Photo], options: argparse.Namespace, pack: str) -> None:
    """FPIR that the shipped curve foretells beside what it was, for galleries of 1 to 4 photos each."""
    faces = _labelled(found, given)
    shipped = curve(choose([options.models], pack).recogniser_sha256)
    assert shipped
    for photos_each in (1, 2, 4):
        searched, size = _gallery(faces, photos_each)
        for target in (0.1, 0.03, 0.01):
            threshold = float(np.quantile(searched.stranger_best, 1 - target))
            told = [fpir(shipped.rate(threshold), count) for count in (searched.gallery, size)]
            seen = stranger_rate(searched, threshold)
            print(
                f"|   | {searched.gallery} members × {photos_each} | cosine {threshold:.3f}: FPIR {seen:.4f} seen, "
                f"{told[0]:.4f} by members, {told[1]:.4f} by faces |"
            )


def _gallery(faces: Labelled, photos_each: int) -> tuple[Searched, int]:
    """Strangers held against the first so many photos of everybody who has them. With the number of faces."""
    count = np.bincount(faces.people)[faces.people]
    order = np.array([int((faces.people[:row] == person).sum()) for row, person in enumerate(faces.people)])
    gallery = faces.take((count >= max(photos_each, 2)) & (order < photos_each))
    met = (faces.take(count == 1).vectors @ gallery.vectors.T).max(axis=1)
    none = np.zeros(0, dtype=np.float32)
    return Searched(len(set(gallery.people.tolist())), none, none.astype(bool), met), len(gallery.names)


if __name__ == "__main__":
    main()
