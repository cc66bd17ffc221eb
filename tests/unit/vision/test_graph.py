from pathlib import Path

import pytest

from app.domain.errors import ModelUnavailable
from app.vision.graph import operators


@pytest.mark.parametrize(
    ("model", "first", "count"),
    [
        ("scrfd_mobilefacenet/mobilefacenet", ("Sub", "Mul", "Conv"), 165),
        ("scrfd_mobilefacenet/det_500m", ("Conv", "Relu", "Conv"), 146),
        ("buffalo_sc_int8/w600k_mbf_int8", ("Reshape", "Reshape", "Reshape"), 397),
    ],
)
def test_operators_come_in_the_order_of_the_file(
    model_root: Path, model: str, first: tuple[str, ...], count: int
) -> None:
    found = operators(model_root / "models" / f"{model}.onnx")

    assert found[:3] == first
    assert len(found) == count


def test_a_quantised_model_shows_itself(model_root: Path) -> None:
    found = operators(model_root / "models" / "buffalo_sc_int8" / "w600k_mbf_int8.onnx")

    assert "DynamicQuantizeLinear" in found


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x3a\x7f\x0a\x02", b"<html>not a model</html>"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(content)

    with pytest.raises(ModelUnavailable, match=r"broken\.onnx"):
        operators(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"absent\.onnx"):
        operators(tmp_path / "absent.onnx")
