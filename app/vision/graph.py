"""Which operators an ONNX model is made of, read from the file without loading it.

We follow ModelProto.graph (7) → GraphProto.node (1) → NodeProto.op_type (4), as numbered in onnx.proto.
"""

from collections.abc import Iterator
from pathlib import Path

from app.domain.errors import ModelUnavailable
from app.vision.protobuf import BROKEN, every, opened

_GRAPH, _NODE, _OPERATOR = 7, 1, 4


def operators(model: Path) -> tuple[str, ...]:
    """Names of the operators, in the order in which they run. Raises ModelUnavailable for a file that is no model."""
    try:
        return tuple(_operators(opened(model)))
    except BROKEN as error:
        msg = f"{model.name} is not an ONNX model."
        raise ModelUnavailable(msg) from error


def _operators(model: memoryview) -> Iterator[str]:
    for graph in every(model, _GRAPH):
        for node in every(graph, _NODE):
            for name in every(node, _OPERATOR):
                yield bytes(name).decode()
