"""Who is kept out of training, so that the pack is measured on people it never saw."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

HELD_OUT = Path(__file__).with_name("held_out.txt")
"""One person a line, by the name of the person's folder."""

SEED = 20_261_120
SEVERAL, ONCE = 600, 400
"""People with several photographs, for genuine pairs and searches, and people with one, who are strangers."""

MOST_PHOTOS = 60
"""People of whom there are more photographs stay in training, which would lose too much."""

DEMO = ("Serena_Williams", "Kofi_Annan", "Gwyneth_Paltrow", "Yao_Ming", "Vicente_Fox", "Tiger_Woods")
"""Whom the demonstration shows; it should not show what was trained on."""


def held_out(file: Path = HELD_OUT) -> frozenset[str]:
    """Names of the people who are kept out of training."""
    return frozenset(file.read_text("utf-8").split())


def draw(photographed: Iterable[str], doubtful: Iterable[str]) -> list[str]:
    """Choose them, in alphabetical order. photographed: a name for each photograph. doubtful: whose label may be wrong.

    The names of the demonstration are among them where they have photographs.
    """
    left_out = set(doubtful)
    counts = {name: count for name, count in sorted(Counter(photographed).items()) if name not in left_out}
    several = [name for name, count in counts.items() if 1 < count <= MOST_PHOTOS]
    once = [name for name, count in counts.items() if count == 1]
    shown = [name for name in DEMO if name in several]
    rest = [name for name in several if name not in shown]
    return sorted([*shown, *_some(rest, SEVERAL - len(shown)), *_some(once, ONCE)])


def _some(names: Sequence[str], count: int) -> list[str]:
    return random.Random(SEED).sample(names, min(count, len(names)))  # noqa: S311 - a sample, no secret
