"""The steps from a folder of photographs to the pack: `python -m models.lite.train STEP --help`."""

from pathlib import Path
from typing import Annotated

import cv2
import typer

from app.vision.labelled import photos as photos_in
from app.vision.models.find import choose
from models.lite.train.look import look, seen
from models.lite.train.split import HELD_OUT, draw, held_out

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

PACK = HELD_OUT.parents[1]
TEACHER = "yunet_mobilefacenet"

Cache = Annotated[Path, typer.Option("--cache", help="Folder for what is computed once, some 11 GB, and checkpoints.")]
Root = Annotated[Path, typer.Option("--models", envvar="FACE_MODEL_ROOT", help=f"Folder of models/{TEACHER}.")]
Threads = Annotated[int, typer.Option(help="Cores to use.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew where there is a checkpoint.")]
Model = Annotated[Path | None, typer.Option("--from", help="Exported model to go on from, instead of at random.")]
Rate = Annotated[float, typer.Option(help="Highest learning rate.")]
CACHE = Path("build/lite")


@app.command()
def split(photos: Path, doubtful: Path) -> None:
    """Draw the people who are kept out of training. DOUBTFUL: file of people whose labels may be wrong."""
    lines = [line.partition("#")[0].strip() for line in doubtful.read_text("utf-8").splitlines()]
    names = draw([photo.person for photo in photos_in(photos)], {line.partition("/")[0] for line in lines if line})
    HELD_OUT.write_text("\n".join(names) + "\n", "utf-8")
    typer.echo(f"{len(names)} people stand in {HELD_OUT}")


@app.command()
def prepare(photos: Path, root: Root, cache: Cache = CACHE, rounds: int = 8) -> None:
    """Let the teacher see PHOTOS, a folder or zip of PERSON/*.jpg, and make the recogniser's lessons."""
    from models.lite.train.lessons import Teacher, teach  # noqa: PLC0415 - needs onnx

    cache.mkdir(parents=True, exist_ok=True)
    pack = choose([root], TEACHER)
    if not (cache / "faces.npz").exists():
        look(photos_in(photos), pack.detector, cache)
    known, teacher = seen(cache), Teacher(pack.recogniser)
    for number in range(rounds):
        teach(known, known.people(held_out(), inside=False), teacher, cache, number)


@app.command()
def recogniser(
    root: Root,
    cache: Cache = CACHE,
    *,
    apart: Annotated[int, typer.Option(help="Epochs in which each section learns by itself.")] = 3,
    together: Annotated[int, typer.Option(help="Epochs in which all learn together.")] = 30,
    threads: Threads = 1,
    rate: Rate = 2e-3,
    model: Model = None,
    fresh: Fresh = False,
) -> None:
    """Train the recogniser, or go on with it."""
    from models.lite.train import imitate  # noqa: PLC0415 - needs torch
    from models.lite.train.checkpoint import Start  # noqa: PLC0415 - the same

    _cores(threads)
    start = Start(rate, model, resume=not fresh)
    imitate.train(cache, choose([root], TEACHER).recogniser, (apart, together), start)


@app.command()
def detector(
    cache: Cache = CACHE,
    *,
    epochs: int = 60,
    threads: Threads = 1,
    rate: Rate = 4e-3,
    model: Model = None,
    fresh: Fresh = False,
) -> None:
    """Train the detector, or go on with it."""
    from models.lite.train import locate  # noqa: PLC0415 - needs torch
    from models.lite.train.checkpoint import Start  # noqa: PLC0415 - the same

    _cores(threads)
    photos = seen(cache).people(held_out(), inside=False)
    locate.train(cache, photos, epochs, Start(rate, model, resume=not fresh))


@app.command()
def export(cache: Cache = CACHE, pack: Path = PACK) -> None:
    """Write the models of the newest checkpoints into the pack, and print what the catalogue says of them."""
    from models.lite.train import export as step  # noqa: PLC0415 - needs torch

    typer.echo(step.export(cache, pack))


@app.command()
def evaluate(groups: Path, root: Root, cache: Cache = CACHE, pack: Path = PACK) -> None:
    """Measure the pack on people it never saw and on GROUPS, a folder of photographs; print the card's figures."""
    from models.lite.train import report  # noqa: PLC0415 - so that help comes at once

    typer.echo(report.written(seen(cache), held_out(), groups, choose([root], TEACHER), pack))


@app.command()
def taught(cache: Cache = CACHE) -> None:
    """Print the names of all others, from whom it learnt: what `calibrate` is to leave out."""
    typer.echo("\n".join(sorted(set(seen(cache).persons.tolist()) - held_out())))


def _cores(threads: int) -> None:
    import torch  # noqa: PLC0415 - so that help comes at once

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)


if __name__ == "__main__":
    app()
