"""What an ONNX file takes and gives, without loading it.

Reads the few protobuf fields that say so and skips the weights, so that a file of 250 MB takes microseconds.
Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; wire format:
https://protobuf.dev/programming-guides/encoding/
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_GRAPH, _INPUT, _OUTPUT = 7, 11, 12
_TYPE, _TENSOR, _SHAPE, _DIMENSION, _SIZE = 2, 1, 2, 1, 1
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIDTH = {_FIXED64: 8, _FIXED32: 4}

Shape = tuple[int, ...]
"""Sizes of a tensor's dimensions; 0 where a dimension may have any."""

LEAST_DETECTOR_OUTPUTS = 5
"""SCRFD has scores and boxes, and points, of three or five strides: 6, 9, 10 or 15 outputs. YuNet has 12."""
ALIGNED_SIDE = 112
ROLES_BY_SIDE = {96: "genderage", 192: "landmark_2d_106"}
POINTS_3D = 3309
"""Outputs of 1k3d68: 1,103 points in space."""


@dataclass(frozen=True, slots=True)
class Graph:
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


def peek(file: Path) -> Graph:
    """Read the shapes. Raises ValueError where the file is no ONNX model, OSError where it cannot be read."""
    with file.open("rb") as stream:
        # It is not closed by hand: after an error the traceback still holds parts of it. It goes with the last of them.
        model = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    try:
        return _graph(model)
    except (IndexError, KeyError) as error:
        msg = f"{file.name} is not an ONNX model"
        raise ValueError(msg) from error


def role(graph: Graph) -> str:
    """Say what a model of an InsightFace pack does, "" where its shapes do not tell."""
    if len(graph.outputs) >= LEAST_DETECTOR_OUTPUTS:
        return "detector"
    side = _side(graph.inputs[0]) if graph.inputs else 0
    if side == ALIGNED_SIDE and len(graph.inputs) == 1 and [len(shape) for shape in graph.outputs] == [2]:
        return "recogniser"
    if graph.outputs and POINTS_3D in graph.outputs[0]:
        return "landmark_3d_68"
    return ROLES_BY_SIDE.get(side, "")


def _side(shape: Shape) -> int:
    """Side of a square picture, 0 where it is none: batch × channels × height × width, or channels last."""
    if len(shape) != 4:  # noqa: PLR2004
        return 0
    height, width = shape[2:] if shape[1] in (1, 3) else shape[1:3]
    return height if height == width else 0


def _graph(model: memoryview) -> Graph:
    graph = next((body for number, body in _fields(model) if number == _GRAPH), None)
    if graph is None:
        raise IndexError
    inputs: list[Shape] = []
    outputs: list[Shape] = []
    for number, body in _fields(graph):
        if number in (_INPUT, _OUTPUT):
            (inputs if number == _INPUT else outputs).append(_shape(body))
    return Graph(tuple(inputs), tuple(outputs))


def _shape(info: memoryview) -> Shape:
    body = info
    for wanted in (_TYPE, _TENSOR, _SHAPE):
        body = next((inner for number, inner in _fields(body) if number == wanted), body[:0])
    return tuple(_size(inner) for number, inner in _fields(body) if number == _DIMENSION)


def _size(dimension: memoryview) -> int:
    for number, body in _fields(dimension):
        if number == _SIZE:
            return _varint(body, 0)[0]
    return 0


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield each field's number and bytes. Raises IndexError, KeyError where this is no protobuf message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        end = _end(message, at, tag & 7)
        begin = end - _varint(message, at)[0] if tag & 7 == _LENGTH else at
        yield tag >> 3, message[begin:end]
        at = end


def _end(message: memoryview, at: int, wire: int) -> int:
    if wire == _VARINT:
        return _varint(message, at)[1]
    length, at = _varint(message, at) if wire == _LENGTH else (_WIDTH[wire], at)
    if at + length > len(message):
        raise IndexError
    return at + length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says «more»
            return value, at
        shift += 7
