from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from app.domain.errors import ModelUnavailable
from app.vision.detect import finder
from app.vision.embed import Embedder
from app.vision.runtimes.ort import Ort, has_gpu


@pytest.fixture(scope="module")
def recogniser(model_root: Path) -> Path:
    return model_root / "models" / "scrfd_mobilefacenet" / "mobilefacenet.onnx"


def test_a_session_says_what_it_takes_and_gives(recogniser: Path) -> None:
    session = Ort().open(recogniser)

    assert session.input_shape == (None, 3, 112, 112)
    assert session.outputs == ("output0",)
    assert session.run(np.zeros((2, 3, 112, 112), dtype=np.float32))[0].shape == (2, 128)


@pytest.mark.skipif(has_gpu(), reason="this machine may have what the test wants refused")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_gpu_that_is_not_there_is_refused(recogniser: Path, device: Literal["cuda", "tensorrt"]) -> None:
    with pytest.raises(ModelUnavailable, match=f"FACE_PROVIDER={device}"):
        Ort(device).open(recogniser)


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_broken_model_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(content)

    with pytest.raises(ModelUnavailable, match=r"broken\.onnx"):
        Ort().open(file)


def test_a_missing_model_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"absent\.onnx"):
        Ort().open(tmp_path / "absent.onnx")


def test_a_recogniser_is_no_detector(recogniser: Path) -> None:
    with pytest.raises(ModelUnavailable, match="1 outputs"):
        finder(Ort().open(recogniser))


@pytest.mark.parametrize("model", ["minifasnet/MiniFASNetV2", "yunet_mobilefacenet/face_detection_yunet_2023mar"])
def test_another_kind_of_model_is_no_recogniser(model_root: Path, model: str) -> None:
    session = Ort().open(model_root / "models" / f"{model}.onnx")

    with pytest.raises(ModelUnavailable, match="recogniser takes"):
        Embedder(session, ())
