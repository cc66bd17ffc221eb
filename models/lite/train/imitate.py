"""Train the recogniser: make it say what the teacher says, and see on the way what the teacher sees.

First each section learns by itself to turn one of the teacher's maps into the next: a shallow task, with many examples
in each picture. Then they learn together.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models.lite.train.checkpoint import Course, Start
from models.lite.train.lessons import ENDS, Round, Teacher, read, rounds
from models.lite.train.recogniser import LATE, MIDDLE, PLACES, Recogniser
from models.lite.train.warm import warmed

BATCH = 32
MAPS = (0.3, 0.7)
"""What the last maps of 14 × 14 and 7 × 7 places weigh beside the answer."""

RELATIONS = 2.0
"""What it weighs that faces are as like each other as the teacher finds them
(Park et al. 2019, https://arxiv.org/abs/1904.05068)."""

CROWD, WARMTH = 0.3, 0.07
"""What it weighs that the same faces of a whole round are the likeliest, and how much likelier a likeness of one makes
them (Fang et al. 2021, https://arxiv.org/abs/2101.04731): a search is lost by the few that are alike."""

SCALED_BY = {28: 2, 14: MIDDLE, 7: LATE}
"""Sections whose map gives mean and spread to all maps of that many places: shortcuts carry numbers on unchanged."""


SAMPLE = 256
"""Faces by which it is measured what a model's normalisations are given."""

Loss = tuple[Tensor, dict[str, float]]
"""To be made less, and what to show beside the bar."""


class Scale:
    """Mean and spread of the teacher's channels, so that the student's have 0 and 1."""

    def __init__(self, maps: Tensor) -> None:
        sample = maps.float().flatten(0, 2)
        self._mean, self._spread = sample.mean(0), sample.std(0) + 1e-3

    def __call__(self, maps: Tensor) -> Tensor:
        """Turn n × height × width × channels into n × channels × height × width."""
        return ((maps.float() - self._mean) / self._spread).permute(0, 3, 1, 2)


def train(cache: Path, teacher: Path, epochs: tuple[int, int], start: Start) -> None:
    """So many epochs section by section, then so many together, each on the next of the rounds that are there.

    There is a checkpoint after each. What goes on from a model has nothing to learn section by section.
    """
    torch.manual_seed(0)
    net = Recogniser().to(memory_format=torch.channels_last)
    first = read(rounds(cache)[0])
    if start.model:
        warmed(net, start.model, _shown(first, np.arange(SAMPLE)))
    else:
        _apart(net, cache, Teacher(teacher, ENDS), epochs[0], start)
    course = Course(net, cache / "recogniser.pt", start.rate, epochs[1] * (len(first.faces) // BATCH))
    if start.resume:
        course.resume()
    _run(course, epochs[1], Together(first), cache)


def _apart(net: Recogniser, cache: Path, teacher: Teacher, epochs: int, start: Start) -> None:
    first = read(rounds(cache)[0])
    sections = Course(net, cache / "sections.pt", start.rate, epochs * (len(first.faces) // BATCH))
    if not (start.resume and sections.resume()) or sections.epoch < epochs:
        _run(sections, epochs, Apart(teacher, first), cache)


class Apart:
    """How far each section is from the teacher, given what the teacher gives it."""

    def __init__(self, teacher: Teacher, first: Round) -> None:
        self._teacher = teacher
        sample = [torch.from_numpy(each) for each in teacher(first.faces[:256])[:-1]]
        self._scales = [Scale(sample[SCALED_BY[places]]) for places in PLACES]

    def __call__(self, net: Recogniser, lesson: Round, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Loss:
        """Show it some faces of the round."""
        *maps, answers = (torch.from_numpy(each) for each in self._teacher(lesson.faces[rows]))
        wanted = [scale(each) for scale, each in zip(self._scales, maps, strict=True)]
        with torch.autocast("cpu", torch.bfloat16):
            ends, answer = net.apart(_shown(lesson, rows), wanted)
        apart = [functional.mse_loss(end.float(), each) for end, each in zip(ends, wanted, strict=True)]
        loss, cosine = answering(answer, answers)
        told = {"cosine": cosine, "maps": torch.stack(apart).mean().item(), "worst": max(apart).item()}
        return loss + torch.stack(apart).sum(), told


class Together:
    """How far the whole student is from the teacher."""

    def __init__(self, first: Round) -> None:
        self._scales = [Scale(torch.from_numpy(each[:512])) for each in (first.middle, first.late)]

    def __call__(self, net: Recogniser, lesson: Round, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Loss:
        """Show it some faces of the round."""
        with torch.autocast("cpu", torch.bfloat16):
            maps, answer = net(_shown(lesson, rows))
        wanted = [torch.from_numpy(each[rows]) for each in (lesson.middle, lesson.late)]
        apart = [
            functional.mse_loss(maps[section].float(), scale(each))
            for section, scale, each in zip((MIDDLE, LATE), self._scales, wanted, strict=True)
        ]
        wanted_answers = torch.from_numpy(lesson.answers[rows])
        loss, cosine = answering(answer, wanted_answers)
        crowd = likeliest(answer, wanted_answers, torch.from_numpy(lesson.answers))
        told = {"cosine": cosine, "crowd": crowd.item(), "middle": apart[0].item(), "late": apart[1].item()}
        return loss + CROWD * crowd + MAPS[0] * apart[0] + MAPS[1] * apart[1], told


def answering(said: Tensor, wanted: Tensor) -> tuple[Tensor, float]:
    """How far answers are from the teacher's, and the mean cosine of both."""
    answer = functional.normalize(said.float())
    cosine = (answer * wanted).sum(1).mean()
    return 1 - cosine + RELATIONS * functional.mse_loss(answer @ answer.T, wanted @ wanted.T), cosine.item()


def likeliest(said: Tensor, wanted: Tensor, crowd: Tensor) -> Tensor:
    """How far it is from finding in a crowd of the teacher's answers whom the teacher finds there."""
    found = functional.log_softmax(functional.normalize(said.float()) @ crowd.T / WARMTH, dim=1)
    return functional.kl_div(found, functional.softmax(wanted @ crowd.T / WARMTH, dim=1), reduction="batchmean")


def _shown(lesson: Round, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Tensor:
    return torch.from_numpy(lesson.faces[rows]).permute(0, 3, 1, 2).float()


def _run(course: Course, epochs: int, judge: Apart | Together, cache: Path) -> None:
    while course.epoch < epochs:
        there = rounds(cache)
        _epoch(course, judge, read(there[course.epoch % len(there)]))
        course.epoch += 1
        course.save()


def _epoch(course: Course, judge: Apart | Together, lesson: Round) -> None:
    course.net.train()
    bar = tqdm(_batches(len(lesson.faces), course.epoch), f"epoch {course.epoch}", mininterval=10)
    means: dict[str, float] = {}
    for number, rows in enumerate(bar, 1):
        loss, told = judge(course.net, lesson, rows)
        course.step(loss)
        means = {name: means.get(name, part) + (part - means.get(name, part)) / number for name, part in told.items()}
        bar.set_postfix({name: f"{mean:.4f}" for name, mean in means.items()}, refresh=False)


def _batches(count: int, seed: int) -> list[np.ndarray[tuple[int], np.dtype[np.intp]]]:
    order = np.random.default_rng(seed).permutation(count)
    return [np.sort(order[start : start + BATCH]) for start in range(0, count - BATCH + 1, BATCH)]
