"""What an ONNX file takes and gives, without loading it.

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from dataclasses import dataclass
from pathlib import Path

from app.vision.protobuf import every, fields, number, opened

_GRAPH, _INPUT, _OUTPUT = 7, 11, 12
_TYPE, _TENSOR, _SHAPE, _DIMENSION, _SIZE = 2, 1, 2, 1, 1

Shape = tuple[int, ...]
"""Sizes of a tensor's dimensions; 0 where a dimension may have any."""

LEAST_DETECTOR_OUTPUTS = 5
"""SCRFD has scores and boxes, and points, of three or five strides: 6, 9, 10 or 15 outputs. YuNet has 12."""
ALIGNED_SIDE = 112
ATTRIBUTES_SIDE, ATTRIBUTES = 96, 3
"""InsightFace's model of ages: its picture's side, and its numbers (female, male, age)."""
LANDMARKS_SIDE = 192
POINTS_3D = 3309
"""Outputs of 1k3d68: 1,103 points in space."""


@dataclass(frozen=True, slots=True)
class Graph:
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


def peek(file: Path) -> Graph:
    """Read the shapes. Raises ValueError where the file is no ONNX model, OSError where it cannot be read."""
    model = opened(file)
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
    if side == ATTRIBUTES_SIDE and [shape[-1:] for shape in graph.outputs] == [(ATTRIBUTES,)]:
        return "genderage"
    return "landmark_2d_106" if side == LANDMARKS_SIDE else ""


def _side(shape: Shape) -> int:
    """Side of a square picture, 0 where it is none: batch × channels × height × width, or channels last."""
    if len(shape) != 4:  # noqa: PLR2004
        return 0
    height, width = shape[2:] if shape[1] in (1, 3) else shape[1:3]
    return height if height == width else 0


def _graph(model: memoryview) -> Graph:
    graph = next(every(model, _GRAPH), None)
    if graph is None:
        raise IndexError
    inputs: list[Shape] = []
    outputs: list[Shape] = []
    for kind, body in fields(graph):
        if kind in (_INPUT, _OUTPUT):
            (inputs if kind == _INPUT else outputs).append(_shape(body))
    return Graph(tuple(inputs), tuple(outputs))


def _shape(info: memoryview) -> Shape:
    body = info
    for wanted in (_TYPE, _TENSOR, _SHAPE):
        body = next(every(body, wanted), body[:0])
    return tuple(_size(dimension) for dimension in every(body, _DIMENSION))


def _size(dimension: memoryview) -> int:
    return next((number(body) for body in every(dimension, _SIZE)), 0)
