"""Training that can be stopped at any time and goes on where it was."""

import copy
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW

WARM_UP = 200
"""Steps until the learning rate is reached."""


MEMORY = 0.998
"""How much of their mean is kept at each step: the weights of the last five hundred steps or so weigh in it."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a training begins.

    rate: the highest learning rate. model: an exported one whose weights it begins with; without one they are random.
    resume: it goes on from its checkpoint where there is one, whatever the model.
    """

    rate: float
    model: Path | None = None
    resume: bool = True


@dataclass(slots=True)
class Course:
    """A net, its optimiser, and how far it has come. steps: of the whole course, after which the rate is zero.

    mean: the net with the mean of its last weights, which is better than any of them while the rate is high
    (Polyak, Juditsky 1992, https://doi.org/10.1137/0330046).
    """

    net: nn.Module
    file: Path
    rate: float
    steps: int
    done: int = 0
    epoch: int = 0
    optimiser: AdamW = field(init=False)
    mean: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        self.optimiser = AdamW(self.net.parameters(), lr=self.rate, weight_decay=1e-4)
        self.mean = copy.deepcopy(self.net)

    def step(self, loss: torch.Tensor) -> None:
        """Learn from a loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.done += 1
        self._average()

    @torch.no_grad()
    def _average(self) -> None:
        for kept, new in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(new, 1 - MEMORY)

    def _rate(self) -> float:
        """Rises evenly, then falls as a cosine does (Loshchilov, Hutter 2017, https://arxiv.org/abs/1608.03983)."""
        if self.done < WARM_UP:
            return self.rate * (self.done + 1) / WARM_UP
        return self.rate * 0.5 * (1 + math.cos(math.pi * min(1.0, self.done / self.steps)))

    def save(self) -> None:
        """Write everything, so that no half-written file is ever in the place of the last whole one."""
        fresh = self.file.with_suffix(".new")
        state = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict()}
        state["mean"] = self.mean.state_dict()
        torch.save({**state, "done": self.done, "epoch": self.epoch}, fresh)
        fresh.replace(self.file)

    def resume(self) -> bool:
        """Go on where the file says; False where there is none."""
        if not self.file.exists():
            return False
        kept: dict[str, Any] = torch.load(self.file, weights_only=True)
        self.net.load_state_dict(kept["net"])
        self.mean.load_state_dict(kept.get("mean", kept["net"]))
        self.optimiser.load_state_dict(kept["optimiser"])
        self.done, self.epoch = kept["done"], kept["epoch"]
        return True
