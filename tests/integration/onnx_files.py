"""Models of a few nodes, written by onnx, whose answers are known beforehand."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper


def mean_of_red(file: Path, side: int) -> Path:
    """Takes 1 × 3 × side × side, answers with one number: the mean of the first plane."""
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, side, side])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [1])
    nodes = [
        helper.make_node("Gather", ["picture", "first"], ["red"], axis=1),
        helper.make_node("ReduceMean", ["red", "axes"], ["answer"], keepdims=0),
    ]
    constants = [
        helper.make_tensor("first", TensorProto.INT64, [], [0]),
        helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2]),
    ]
    graph = helper.make_graph(nodes, "mean", [picture], [answer], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), str(file))
    return file
