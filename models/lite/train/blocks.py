"""What both students are built of: convolutions that are separable by depth.

Batch normalisation stands at the end of a block only, where channels are few: on a CPU it takes more time than all
convolutions of a block together.
"""

import torch
from torch import Tensor, nn


def dense(inner: int, outer: int, stride: int = 1) -> nn.Sequential:
    """A full 3 × 3 convolution and ReLU."""
    return nn.Sequential(nn.Conv2d(inner, outer, 3, stride, 1), nn.ReLU(inplace=True))


class Exact(nn.Conv2d):
    """A convolution in float32, whatever surrounds it.

    Those by depth with a stride or a large kernel take oneDNN five times as long in bfloat16.
    """

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            return super().forward(x.float())


class Separable(nn.Module):
    """Widen, look around at each depth by itself, narrow (Sandler et al. 2018, https://arxiv.org/abs/1801.04381)."""

    def __init__(self, inner: int, wide: int, outer: int, stride: int = 1) -> None:
        super().__init__()
        self._shortcut = inner == outer and stride == 1
        self.body = nn.Sequential(
            nn.Conv2d(inner, wide, 1),
            nn.ReLU(inplace=True),
            depthwise(wide, stride),
            nn.ReLU(inplace=True),
            nn.Conv2d(wide, outer, 1, bias=False),
            nn.BatchNorm2d(outer),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return x + y if self._shortcut else y


class Deeper(Separable):
    """The same, and refined by another block."""

    def __init__(self, inner: int, wide: int, outer: int, more: int) -> None:
        super().__init__(inner, wide, outer)
        self.more = refining(outer, more)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.more(super().forward(x))
        return y


def refining(channels: int, wide: int) -> Separable:
    """A block that begins by adding nothing (Goyal et al. 2017, https://arxiv.org/abs/1706.02677).

    So a net that was trained without it answers with it as before, and can go on from there.
    """
    block = Separable(channels, wide, channels)
    nn.init.zeros_(block.body[-1].weight)
    return block


def depthwise(channels: int, stride: int = 1) -> nn.Conv2d:
    """A 3 × 3 convolution of each channel by itself."""
    kind = nn.Conv2d if stride == 1 else Exact
    return kind(channels, channels, 3, stride, 1, groups=channels)


def initialise(net: nn.Module) -> None:
    """Weights that keep the variance through ReLU (He et al. 2015, https://arxiv.org/abs/1502.01852)."""
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
