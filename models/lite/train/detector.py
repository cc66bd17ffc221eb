"""The detector's student: SCRFD's outputs on a small backbone."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from app.vision.scrfd import ANCHORS, STRIDES
from models.lite.train.blocks import dense, depthwise, initialise, refining

WIDTHS = (16, 32, 64, 96, 128)
NECK = 48
NUMBERS = 15
"""Of an anchor: score, four sides, five landmarks."""

RARE = -4.0
"""Where scores begin, before the sigmoid: nearly all anchors are background
(Lin et al. 2017, https://arxiv.org/abs/1708.02002)."""


def separable(inner: int, outer: int, stride: int = 1, *, normal: bool = True) -> nn.Sequential:
    """Look around at each depth by itself, then mix (Howard et al. 2017, https://arxiv.org/abs/1704.04861)."""
    around = [depthwise(inner, stride), nn.ReLU(inplace=True)]
    mix = [nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer)] if normal else [nn.Conv2d(inner, outer, 1)]
    return nn.Sequential(*around, *mix, nn.ReLU(inplace=True))


def twice(channels: int) -> tuple[nn.Sequential, nn.Sequential]:
    return separable(channels, channels), separable(channels, channels)


class Detector(nn.Module):
    """Backbone, a pyramid from coarse to fine (Lin et al. 2017, https://arxiv.org/abs/1612.03144), and a head each."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = WIDTHS
        fine = [separable(a, b, 2, normal=False), separable(b, b, normal=False)]
        steps = (
            nn.Sequential(dense(3, a, 2), *fine, separable(b, c, 2), *twice(c), refining(c, c)),
            nn.Sequential(separable(c, d, 2), *twice(d), refining(d, 2 * d), refining(d, 2 * d)),
            nn.Sequential(separable(d, e, 2), separable(e, e), refining(e, 2 * e)),
        )
        self.steps = nn.ModuleList(steps)
        self.across = nn.ModuleList(nn.Conv2d(width, NECK, 1) for width in (c, d, e))
        self.smooth = nn.ModuleList(nn.Sequential(*separable(NECK, NECK), refining(NECK, 2 * NECK)) for _ in STRIDES)
        self.heads = nn.ModuleList(
            nn.Sequential(separable(NECK, 64), nn.Conv2d(64, ANCHORS * NUMBERS, 1)) for _ in STRIDES
        )
        initialise(self)
        for head in self.heads:
            _begin(head[-1])

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """pictures: −1…1, sides multiples of 32. Of each stride n × anchors × 15, row by row; scores before sigmoid."""
        maps = []
        for step in self.steps:
            pictures = step(pictures)
            maps.append(pictures)
        above: Tensor | None = None
        answers = []
        for number in reversed(range(len(STRIDES))):
            level = self.across[number](maps[number])
            if above is not None:
                level = level + functional.interpolate(above, scale_factor=2.0, mode="nearest")
            above = self.smooth[number](level)
            answers.append(self.heads[number](above).permute(0, 2, 3, 1).reshape(len(level), -1, NUMBERS))
        return answers[::-1]


def _begin(last: nn.Module) -> None:
    """Low scores, and boxes of the anchor's own size."""
    assert isinstance(last, nn.Conv2d)
    assert last.bias is not None
    with torch.no_grad():
        last.weight.mul_(0.1)
        bias = last.bias.view(ANCHORS, NUMBERS)
        bias[:, 0] = RARE
        bias[:, 1:5] = 1.0
