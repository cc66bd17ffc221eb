"""Go on from a model that was exported: its weights back in a net, its folded normalisations unfolded again."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

WRAPPED = "net."
"""How the names of weights begin in the file: the student is a part of what was exported."""

FOLDED = "weight_bias"
"""How the name of a bias ends that a normalisation left behind when it was folded into its convolution."""

LEAST = 1e-3
"""Least spread of a channel that is brought to one."""

Pair = tuple[nn.Conv2d, nn.BatchNorm2d]


def warmed(net: nn.Module, file: Path, sample: Tensor) -> nn.Module:
    """Give a net what an exported model knows; return the net, which then answers as the file does.

    sample: what the net may be shown, to measure what its normalisations have to bring to mean 0 and spread 1. Blocks
    that the file does not have stay as they began, and must answer nothing yet. Raises KeyError for a weight in the
    file that the net has no place for.
    """
    kept = {name.removeprefix(WRAPPED): weight for name, weight in _weights(file) if name.startswith(WRAPPED)}
    normal = _normalised(net)
    places = dict(net.named_parameters())
    with torch.no_grad():
        for name, weight in kept.items():
            if not name.endswith(FOLDED):
                places[name].copy_(weight)
        for name, pair in normal.items():
            if f"{name}.{FOLDED}" in kept:
                _plain(pair[1], kept[f"{name}.{FOLDED}"])
        _unfold(net, [pair for name, pair in normal.items() if f"{name}.{FOLDED}" in kept], sample)
    return net


def _weights(file: Path) -> Iterator[tuple[str, Tensor]]:
    for each in onnx.load(file).graph.initializer:
        yield each.name, torch.from_numpy(np.array(numpy_helper.to_array(each)))


def _normalised(net: nn.Module) -> dict[str, Pair]:
    """Convolutions with the normalisation that follows each, by the convolution's name."""
    found: dict[str, Pair] = {}
    for name, part in net.named_modules():
        if isinstance(part, nn.Sequential):
            names = list(part._modules)  # noqa: SLF001 - there is no other way to the names of its parts
            for own, one, other in zip(names, part, list(part)[1:], strict=False):
                if isinstance(one, nn.Conv2d) and isinstance(other, nn.BatchNorm2d):
                    found[f"{name}.{own}"] = (one, other)
    return found


def _plain(normal: nn.BatchNorm2d, bias: Tensor) -> None:
    """Let it add the bias and do nothing else."""
    _state(normal, torch.zeros_like(bias), torch.full_like(bias, 1 - normal.eps), torch.ones_like(bias), bias)


def _state(normal: nn.BatchNorm2d, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor) -> None:
    assert normal.running_mean is not None
    assert normal.running_var is not None
    normal.running_mean.copy_(mean)
    normal.running_var.copy_(variance)
    normal.weight.copy_(scale)
    normal.bias.copy_(shift)


def _unfold(net: nn.Module, pairs: list[Pair], sample: Tensor) -> None:
    """Tell each normalisation what comes in, and let it undo what it now does to it."""
    seen: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    def note(part: nn.Module, _: object, answer: Tensor) -> None:
        variance, mean = torch.var_mean(answer.float(), dim=(0, 2, 3))
        seen[part] = (mean, variance)

    hooks = [convolution.register_forward_hook(note) for convolution, _ in pairs]
    training = net.training
    net.eval()(sample)
    net.train(training)
    for hook in hooks:
        hook.remove()
    for convolution, normal in pairs:
        mean, variance = seen[convolution]
        spread = variance.sqrt().clamp(min=LEAST)
        convolution.weight.div_(spread[:, None, None, None])
        rest = variance / spread.square()
        _state(normal, mean / spread, rest, spread * (rest + normal.eps).sqrt(), normal.bias + mean)
