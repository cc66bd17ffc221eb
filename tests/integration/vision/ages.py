"""Models of the shape of InsightFace's `genderage`, written by onnx: three numbers that hang on all the pixels."""

from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Scaling = Literal["outside", "by nodes", "by bn_data"]


def written(file: Path, scaling: Scaling = "outside", outputs: int = 3, side: int = 96) -> Path:
    """One convolution over the whole picture, with the pixels scaled before it or not, as official models do."""
    picture = helper.make_tensor_value_info("data", TensorProto.FLOAT, ["None", 3, side, side])
    numbers = helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, outputs])
    before, constants = _scaled(scaling)
    entrance = before[-1].output[0] if before else "data"
    nodes = [
        *before,
        helper.make_node("Conv", [entrance, "weights", "bias"], ["seen"], name="conv"),
        helper.make_node("Flatten", ["seen"], ["fc1"], name="flat"),
    ]
    constants |= {"weights": _weights(outputs, side), "bias": np.linspace(0, 0.5, outputs)}
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "genderage", [picture], [numbers], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), str(file))
    return file


def _weights(outputs: int, side: int) -> np.ndarray:
    """Heavier towards the middle, another pattern for each plane and number, and slow enough to forgive rounding."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    patterns = [np.cos(3 * x + n) * np.sin(2 * y + plane) for n in range(outputs) for plane in range(3)]
    return np.array(patterns).reshape(outputs, 3, side, side) * 2 / side**2


def _scaled(scaling: Scaling) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    if scaling == "by nodes":
        nodes = [
            helper.make_node("Sub", ["data", "mean"], ["centred"], name="Sub_0"),
            helper.make_node("Mul", ["centred", "factor"], ["scaled"], name="Mul_1"),
        ]
        return nodes, {"mean": np.array([127.5]), "factor": np.array([1 / 128])}
    if scaling == "by bn_data":
        node = helper.make_node("BatchNormalization", ["data", *"gbmv"], ["scaled"], name="bn_data", epsilon=0.0)
        return [node], {"g": np.ones(3), "b": np.zeros(3), "m": np.full(3, 127.5), "v": np.full(3, 128.0**2)}
    return [], {}
