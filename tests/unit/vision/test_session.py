from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from app.domain.errors import ModelUnavailable
from app.vision.detect import finder
from app.vision.embed import Embedder
from app.vision.session import CUDA, open_session

HAS_CUDA = CUDA in onnxruntime.get_available_providers()


@pytest.fixture(scope="module")
def recogniser(model_root: Path) -> Path:
    return model_root / "models" / "scrfd_mobilefacenet" / "mobilefacenet.onnx"


def test_a_session_says_what_it_takes_gives_and_runs_on(recogniser: Path) -> None:
    session = open_session(recogniser, "cpu")

    assert session.provider == "cpu"
    assert session.input_shape == (None, 3, 112, 112)
    assert session.outputs == ("output0",)
    assert session.run(np.zeros((2, 3, 112, 112), dtype=np.float32))[0].shape == (2, 128)


def test_auto_starts_on_this_machine(recogniser: Path) -> None:
    assert open_session(recogniser, "auto").provider == ("cuda" if HAS_CUDA else "cpu")


@pytest.mark.skipif(HAS_CUDA, reason="this machine has what the test wants refused")
def test_cuda_without_a_gpu_is_refused(recogniser: Path) -> None:
    with pytest.raises(ModelUnavailable, match="FACE_PROVIDER=cuda"):
        open_session(recogniser, "cuda")


def test_an_unknown_provider_is_refused(recogniser: Path) -> None:
    with pytest.raises(ModelUnavailable, match="FACE_PROVIDER=tpu"):
        open_session(recogniser, "tpu")


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_broken_model_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(content)

    with pytest.raises(ModelUnavailable, match=r"broken\.onnx"):
        open_session(file, "cpu")


def test_a_missing_model_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"absent\.onnx"):
        open_session(tmp_path / "absent.onnx", "cpu")


def test_a_recogniser_is_no_detector(recogniser: Path) -> None:
    with pytest.raises(ModelUnavailable, match="1 outputs"):
        finder(open_session(recogniser, "cpu"))


@pytest.mark.parametrize("model", ["minifasnet/MiniFASNetV2", "yunet_mobilefacenet/face_detection_yunet_2023mar"])
def test_another_kind_of_model_is_no_recogniser(model_root: Path, model: str) -> None:
    session = open_session(model_root / "models" / f"{model}.onnx", "cpu")

    with pytest.raises(ModelUnavailable, match="recogniser takes"):
        Embedder(session, ())
