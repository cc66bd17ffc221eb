"""LFW's 6,000 pairs, by insightface's FaceAnalysis and by this engine: `python -m bench.accuracy`.

Both run the same weights on the same photos, and of several faces take the one nearest to the middle, whom LFW names.
Embeddings are kept in a folder, so that a second run only computes what is new. Protocol: ten folds, each judged by the
threshold that is best on the other nine (Huang et al. 2007, «image-restricted»).
"""

import argparse
import asyncio
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.faces import Box
from app.vision.engine import EngineOptions, open_engine
from app.vision.models.find import choose
from bench.photos import usual_place
from bench.service import ROOT

PACK = "scrfd_mobilefacenet"
FOLDS = 10

Vectors = NDArray[np.float32]
Embed = Callable[[bytes], Vectors | None]
Pair = tuple[str, str, bool]


def main() -> None:
    """Print one line for each contender: accuracy, its spread over the folds, photos without a face."""
    options = _options()
    pairs = read_pairs(options.images.with_name("pairs.txt"))[: options.pairs or None]
    options.cache.mkdir(parents=True, exist_ok=True)
    for name in options.contenders:
        found = _embedded(name, options, pairs)
        scores = np.array([_similarity(found[a], found[b]) for a, b, _ in pairs])
        each = fold_accuracies(scores, np.array([same for _, _, same in pairs]))
        missed = sum(not vector.any() for vector in found.values())
        print(f"| {name} | {each.mean():.4f} ± {each.std():.4f} | {missed} of {len(found)} photos without a face |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contenders", nargs="*", default=["library", "cpu"], help="library, or a FACE_PROVIDER")
    parser.add_argument("--images", type=Path, default=usual_place(), help="LFW's zip; pairs.txt lies beside it")
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared", help="folder of models/<pack>")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "accuracy", help="folder for embeddings")
    parser.add_argument("--pairs", type=int, default=0, help="only so many pairs, from the first on")
    return parser.parse_args()


def read_pairs(path: Path) -> list[Pair]:
    """Two photos by name, and whether they show one person. Lines: «person i j», or «person i other j»."""
    rows = [line.split() for line in path.read_text().splitlines()[1:]]
    return [(_name(row[0], row[1]), _name(row[-2] if len(row) > 3 else row[0], row[-1]), len(row) == 3) for row in rows]  # noqa: PLR2004


def _name(person: str, number: str) -> str:
    return f"{person}_{int(number):04d}"


def _embedded(name: str, options: argparse.Namespace, pairs: Sequence[Pair]) -> dict[str, Vectors]:
    """A vector for each photo, zeros where no face was found."""
    file = options.cache / f"{name}.npz"
    known: dict[str, Vectors] = dict(np.load(file)) if file.exists() else {}
    missing = sorted({photo for a, b, _ in pairs for photo in (a, b)} - set(known))
    if missing:
        embed = library(options.models) if name == "library" else engine(options.models, name)
        with ZipFile(options.images) as archive:
            entries = {PurePosixPath(entry).stem: entry for entry in archive.namelist() if entry.endswith(".jpg")}
            for photo in missing:
                vector = embed(archive.read(entries[photo]))
                known[photo] = np.zeros(1, dtype=np.float32) if vector is None else vector
        np.savez(file, **known)  # type: ignore[arg-type]  # the stub takes the names for its own option
    return known


def library(models: Path) -> Embed:
    """Insightface, as its own examples use it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app import FaceAnalysis  # noqa: PLC0415 - it warns while it is imported

        analysis = FaceAnalysis(PACK, str(models), ["detection", "recognition"])
        analysis.prepare(ctx_id=-1, det_size=(640, 640))

    def embed(photo: bytes) -> Vectors | None:
        image = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        faces = analysis.get(image)
        height, width = image.shape[:2]
        at = _nearest((face.bbox[:2] + face.bbox[2:]) / 2 / (width, height) for face in faces)
        return None if at is None else np.asarray(faces[at].normed_embedding)

    return embed


def engine(models: Path, provider: str) -> Embed:
    """The engine of this project."""
    opened = open_engine(choose([models], PACK), EngineOptions(provider=provider, threads=1))

    async def embed(photo: bytes) -> Vectors | None:
        picture = await opened.see(photo)
        at = _nearest(_middle(face.found.box) for face in picture.faces)
        return None if at is None else (await opened.embed(picture.faces[at : at + 1]))[0].embedding

    return lambda photo: asyncio.run(embed(photo))


def _middle(box: Box) -> Vectors:
    return np.array([box.left + box.width / 2, box.top + box.height / 2], dtype=np.float32)


def _nearest(middles: Iterable[Vectors]) -> int | None:
    """Which of the points is nearest to the middle of the picture; None where there is none."""
    distances = [float(np.linalg.norm(middle - 0.5)) for middle in middles]
    return int(np.argmin(distances)) if distances else None


def _similarity(a: Vectors, b: Vectors) -> float:
    return float(a @ b) if len(a) == len(b) else 0.0


def fold_accuracies(scores: NDArray[np.float64], same: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The part that is judged right in each fold, by the threshold that is best on all others."""
    fold = np.arange(len(scores)) * FOLDS // len(scores)
    return np.array([_right(scores, same, fold == n) for n in range(FOLDS)])


def _right(scores: NDArray[np.float64], same: NDArray[np.bool_], held: NDArray[np.bool_]) -> float:
    known, truth = scores[~held], same[~held]
    right = [float(((known >= threshold) == truth).mean()) for threshold in np.unique(known)]
    best = np.unique(known)[int(np.argmax(right))]
    return float(((scores[held] >= best) == same[held]).mean())


if __name__ == "__main__":
    main()
