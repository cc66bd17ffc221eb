from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from app.vision.models.peek import Graph, peek, role
from tests.unit.models.packs import LIVENESS, MOBILEFACENET, MODELS, SCRFD, YUNET

pytestmark = pytest.mark.shared


@pytest.mark.parametrize(
    ("file", "does"),
    [
        *((SCRFD, "detector"), (YUNET, "detector"), (MOBILEFACENET, "recogniser"), (LIVENESS, "")),
        (MODELS / "buffalo_sc_int8" / "w600k_mbf_int8.onnx", "recogniser"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else str(value),
)
def test_a_real_model_says_what_it_does(file: Path, does: str) -> None:
    assert role(peek(file)) == does


@pytest.mark.parametrize("file", [SCRFD, YUNET, MOBILEFACENET], ids=lambda file: file.name)
def test_the_shapes_are_those_that_onnx_reads(file: Path) -> None:
    graph = onnx.load(str(file), load_external_data=False).graph

    seen = peek(file)

    for values, shapes in ((graph.input, seen.inputs), (graph.output, seen.outputs)):
        assert [tuple(d.dim_value for d in v.type.tensor_type.shape.dim) for v in values] == list(shapes)


@pytest.mark.parametrize(
    ("inputs", "outputs", "does"),
    [
        *(([(1, 3, 96, 96)], [(1, 3)], "genderage"), ([(1, 3, 192, 192)], [(1, 212)], "landmark_2d_106")),
        *(([(0, 3, 96, 96)], [(1, 3)], "genderage"), ([(1, 3, 96, 96)], [(1, 8)], "")),
        *(([(1, 3, 192, 192)], [(1, 3309)], "landmark_3d_68"), ([(1, 112, 112, 3)], [(1, 128)], "recogniser")),
        *(([(1, 3, 112, 112)], [(1, 128, 1, 1)], ""), ([(1, 3, 112, 112), (1, 512)], [(1, 512)], "")),
        *(([(1, 3, 112, 96)], [(1, 128)], ""), ([(1, 10)], [(1, 2)], ""), ([], [], "")),
    ],
)
def test_shapes_tell_the_role(inputs: list[tuple[int, ...]], outputs: list[tuple[int, ...]], does: str) -> None:
    assert role(Graph(tuple(inputs), tuple(outputs))) == does


def test_weights_and_free_dimensions_are_passed_over(tmp_path: Path) -> None:
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1000], [0.5] * 1000)
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 112, 112])
    taken = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    node = helper.make_node("Identity", ["x"], ["y"])
    model = helper.make_model(helper.make_graph([node], "g", [given], [taken], [weights]))
    file = tmp_path / "a.onnx"
    file.write_bytes(model.SerializeToString())

    assert peek(file) == Graph(((0, 3, 112, 112),), ((),))


@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\x00", b"\x3a\xff\xff\xff\xff\x0f", b"PK\x03\x04" * 50, b"\xff" * 99]
)
def test_what_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    file.write_bytes(content)

    with pytest.raises(ValueError, match=r"ONNX|empty"):
        peek(file)


def test_a_model_cut_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.onnx"
    file.write_bytes(SCRFD.read_bytes()[:100_000])

    with pytest.raises(ValueError, match="ONNX"):
        peek(file)
