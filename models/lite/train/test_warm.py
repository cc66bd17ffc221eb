"""What goes on from an exported model starts with what that model answers.

Run where training runs, which alone has torch: `build/train/bin/python -m pytest -c /dev/null models/lite/train`.
"""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from app.vision.models.find import OWN
from models.lite.train.detector import Detector
from models.lite.train.export import Detecting, Recognising
from models.lite.train.recogniser import Recogniser
from models.lite.train.warm import warmed

PACK = OWN / "models" / "lite"


def drawn(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(4).random(shape, dtype=np.float32)


def said(model: Path, pictures: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> list[np.ndarray]:
    answers: list[np.ndarray] = onnxruntime.InferenceSession(model).run(None, {"input": pictures})
    return answers


def test_a_recogniser_answers_as_the_file_it_goes_on_from() -> None:
    faces = drawn(4, 3, 112, 112) * 255
    net = Recognising(warmed(Recogniser(), PACK / "rec_lite.onnx", torch.from_numpy(faces))).eval()

    with torch.no_grad():
        assert net(torch.from_numpy(faces)).numpy() == pytest.approx(said(PACK / "rec_lite.onnx", faces)[0], abs=1e-5)


def test_a_detector_answers_as_the_file_it_goes_on_from() -> None:
    picture = drawn(1, 3, 128, 160) * 2 - 1
    net = Detecting(warmed(Detector(), PACK / "det_lite.onnx", torch.from_numpy(picture))).eval()

    with torch.no_grad():
        answers = net(torch.from_numpy(picture))
    for ours, theirs in zip(answers, said(PACK / "det_lite.onnx", picture), strict=True):
        assert ours.numpy() == pytest.approx(theirs, abs=1e-4)


def test_what_it_learns_on_starts_where_it_was() -> None:
    """In training a normalisation goes by what it is shown, which is to change nothing either."""
    faces = torch.from_numpy(drawn(8, 3, 112, 112) * 255)
    net = warmed(Recogniser(), PACK / "rec_lite.onnx", faces)

    with torch.no_grad():
        shown, answered = net.train()(faces)[1], net.eval()(faces)[1]
    assert torch.cosine_similarity(shown, answered).min() == pytest.approx(1, abs=0.01)
