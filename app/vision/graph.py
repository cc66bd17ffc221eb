"""Which operators an ONNX model is made of and what its outputs are called, read without loading it.

We follow ModelProto.graph (7) → GraphProto.node (1) → NodeProto.op_type (4), and GraphProto.output (12) →
ValueInfoProto.name (1), as numbered in onnx.proto.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from app.domain.errors import ModelUnavailable
from app.vision.protobuf import BROKEN, every, opened

_GRAPH, _NODE, _OPERATOR, _OUTPUT, _NAME = 7, 1, 4, 12, 1

_CONVOLUTIONS = ("Conv", "ConvInteger", "QLinearConv", "FusedConv")

QUANTISES_ITS_INPUT = "DynamicQuantizeLinear"
"""The operator of models that take the scale of their integers from what they are given."""


def operators(model: Path) -> tuple[str, ...]:
    """Names of the operators, in the order in which they run. Raises ModelUnavailable for a file that is no model."""
    return _texts(model, _NODE, _OPERATOR)


def outputs(model: Path) -> tuple[str, ...]:
    """Names of the outputs, in their order. Raises ModelUnavailable for a file that is no model."""
    return _texts(model, _OUTPUT, _NAME)


def preparation(operators: Sequence[str]) -> frozenset[str]:
    """The operators that run before the first convolution, where models scale their pixels if they do so themselves."""
    first = next((at for at, name in enumerate(operators) if name in _CONVOLUTIONS), 0)
    return frozenset(operators[:first])


def _texts(model: Path, part: int, field: int) -> tuple[str, ...]:
    try:
        return tuple(_found(opened(model), part, field))
    except BROKEN as error:
        msg = f"{model.name} is not an ONNX model."
        raise ModelUnavailable(msg) from error


def _found(model: memoryview, part: int, field: int) -> Iterator[str]:
    for graph in every(model, _GRAPH):
        for body in every(graph, part):
            for name in every(body, field):
                yield bytes(name).decode()
