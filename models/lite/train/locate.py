"""Train the detector: make it find on mosaics the faces that the teacher found in the photographs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models.lite.train.anchors import BACKGROUND, NO_MATTER, Grid, assigned, grid
from models.lite.train.checkpoint import Course, Start
from models.lite.train.detector import Detector
from models.lite.train.look import Seen, seen
from models.lite.train.mosaic import scene
from models.lite.train.warm import warmed

SIDES = (224, 320, 448, 640)
"""Of the mosaics, each as likely."""

PIXELS = 2 * 640 * 640
"""Of a batch."""

BOXES, POINTS = 2.0, 50.0
"""What boxes and landmarks weigh beside scores."""

PLAIN = 48.0
"""Side in pixels from which on a face's landmarks weigh in full; those of smaller ones cannot be told so well."""

NOTHING = 2.0
"""What scores weigh where there is no face: what is taken for one by mistake costs more than one that is missed."""

AN_EPOCH = 200


class Batch:
    """Pictures, and what is to be found by each of their anchors."""

    def __init__(self, known: Seen, photos: Sequence[int], side: int, rng: np.random.Generator) -> None:
        self.anchors = grid(side)
        shown = [scene(known, photos, side, rng) for _ in range(max(1, PIXELS // side**2))]
        whom = [assigned(self.anchors, each) for each in shown]
        pixels = np.stack([each.pixels for each in shown])
        self.pictures = (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127.5) / 128
        self.whom = torch.from_numpy(np.stack(whom))
        found = [np.maximum(faces, 0)[faces >= 0] for faces in whom]
        self.boxes = _stacked([each.faces.boxes[rows] for each, rows in zip(shown, found, strict=True)])
        self.points = _stacked([each.faces.landmarks[rows] for each, rows in zip(shown, found, strict=True)])


def _stacked(parts: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> Tensor:
    return torch.from_numpy(np.concatenate(parts))


def loss(said: Sequence[Tensor], batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """Of scores, boxes and landmarks together, and each by itself."""
    answers = torch.cat([part.float() for part in said], dim=1)
    own = batch.whom >= 0
    places, sides = _of(batch.anchors, own)
    boxes, points = decoded(answers[own], places, sides)
    overlap, distance = overlaps(boxes, batch.boxes)
    size = (batch.boxes[:, 2:] - batch.boxes[:, :2]).clamp(min=1).prod(1).sqrt()
    weight = (size / PLAIN).clamp(max=1) / size
    astray = ((points - batch.points).abs() * weight[:, None, None]).mean() if len(points) else answers.sum() * 0
    parts = {
        "scores": _scores(answers[..., 0], batch.whom, overlap.detach()),
        "boxes": BOXES * distance.mean() if len(distance) else answers.sum() * 0,
        "points": POINTS * astray,
    }
    return sum(parts.values(), torch.zeros(())), {name: part.item() for name, part in parts.items()}


def _of(anchors: Grid, own: Tensor) -> tuple[Tensor, Tensor]:
    rows = own.nonzero()[:, 1]
    return torch.from_numpy(anchors.places)[rows], torch.from_numpy(anchors.sides)[rows]


def decoded(answers: Tensor, places: Tensor, sides: Tensor) -> tuple[Tensor, Tensor]:
    """Boxes and landmarks in pixels, of n anchors. Their distances are in halves of the anchor's side."""
    half = sides[:, None] / 2
    boxes = torch.cat([places - answers[:, 1:3] * half, places + answers[:, 3:5] * half], dim=1)
    return boxes, places[:, None] + (answers[:, 5:] * half).unflatten(1, (5, 2))


def overlaps(boxes: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union, 0–1, and the distance 1 − GIoU (Rezatofighi et al. 2019, arxiv.org/abs/1902.09630)."""
    low, high = torch.maximum(boxes[:, :2], wanted[:, :2]), torch.minimum(boxes[:, 2:], wanted[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    both = _area(boxes) + _area(wanted) - shared + 1e-6
    hull = torch.cat([torch.minimum(boxes[:, :2], wanted[:, :2]), torch.maximum(boxes[:, 2:], wanted[:, 2:])], dim=1)
    around = _area(hull) + 1e-6
    return shared / both, 1 - shared / both + (around - both) / around


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1)


def _scores(scores: Tensor, whom: Tensor, overlap: Tensor) -> Tensor:
    """Quality focal loss (Li et al. 2020, https://arxiv.org/abs/2006.04388); a face is to score at least a half.

    So the service's threshold of a half asks «is it a face?», and more than that says how well the box fits.
    """
    target = torch.zeros_like(scores)
    target[whom >= 0] = 0.5 + 0.5 * overlap
    weight = (scores.sigmoid().detach() - target).abs().square()
    weight = torch.where(whom == BACKGROUND, NOTHING * weight, weight)
    each = functional.binary_cross_entropy_with_logits(scores, target, reduction="none") * weight
    return each[whom != NO_MATTER].sum() / max(1, len(overlap))


def train(cache: Path, photos: Sequence[int], epochs: int, start: Start) -> None:
    """So many epochs of AN_EPOCH batches each, with a checkpoint after each."""
    torch.manual_seed(0)
    known = seen(cache)
    net = Detector().to(memory_format=torch.channels_last)
    if start.model:
        warmed(net, start.model, Batch(known, photos, SIDES[1], np.random.default_rng(0)).pictures)
    course = Course(net, cache / "detector.pt", start.rate, epochs * AN_EPOCH)
    if start.resume:
        course.resume()
    while course.epoch < epochs:
        _epoch(course, _batches(known, photos, course.epoch))
        course.epoch += 1
        course.save()


def _batches(known: Seen, photos: Sequence[int], seed: int) -> Iterator[Batch]:
    rng = np.random.default_rng(seed)
    for _ in range(AN_EPOCH):
        yield Batch(known, photos, int(rng.choice(SIDES)), rng)


def _epoch(course: Course, batches: Iterator[Batch]) -> None:
    course.net.train()
    means: dict[str, float] = {}
    bar = tqdm(batches, f"epoch {course.epoch}", AN_EPOCH, mininterval=10)
    for number, batch in enumerate(bar, 1):
        with torch.autocast("cpu", torch.bfloat16):
            said = course.net(batch.pictures)
        total, parts = loss(said, batch)
        course.step(total)
        means = {name: means.get(name, part) + (part - means.get(name, part)) / number for name, part in parts.items()}
        bar.set_postfix({name: f"{mean:.4f}" for name, mean in means.items()}, refresh=False)
