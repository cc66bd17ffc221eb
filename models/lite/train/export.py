"""From checkpoints to the two ONNX files of the pack, in InsightFace's layout."""

from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from app.vision.align import SIZE
from app.vision.models.verify import digest
from app.vision.scrfd import ANCHORS, STRIDES
from models.lite.train.anchors import SMALLEST
from models.lite.train.detector import Detector
from models.lite.train.recogniser import Recogniser

DETECTOR, RECOGNISER = "det_lite.onnx", "rec_lite.onnx"

OPSET = 18
"""Old enough for every runtime of the last years."""


CAUTION = 0.5
"""By how much scores are lowered before the sigmoid. Found on photographs of the training half: what then scores a half
or more is a face in 98 of 100, and one face in a hundred is lost by it."""


class Recognising(nn.Module):
    """The student without what only training needs."""

    def __init__(self, net: Recogniser) -> None:
        super().__init__()
        self.net = net

    def forward(self, faces: Tensor) -> Tensor:
        answers: Tensor = self.net(faces)[1]
        return answers


class Detecting(nn.Module):
    """The student with SCRFD's outputs: scores, sides and landmarks of each stride, these two counted in strides."""

    def __init__(self, net: Detector) -> None:
        super().__init__()
        self.net = net
        halves = [
            SMALLEST * 2.0 ** (ANCHORS * step + np.arange(ANCHORS)) / 2 / stride for step, stride in enumerate(STRIDES)
        ]
        self.halves = [torch.tensor(each, dtype=torch.float32)[:, None] for each in halves]

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        scores, sides, points = [], [], []
        for answer, half in zip(self.net(pictures), self.halves, strict=True):
            pairs = answer.reshape(-1, ANCHORS, answer.shape[-1])
            scores.append((pairs[..., :1] - CAUTION).sigmoid().reshape(-1, 1))
            sides.append((pairs[..., 1:5] * half).reshape(-1, 4))
            points.append((pairs[..., 5:] * half).reshape(-1, 10))
        return (*scores, *sides, *points)


def export(cache: Path, pack: Path) -> str:
    """Write both models of the newest checkpoints into the folder; return what the catalogue says of the files."""
    _recogniser(_loaded(Recogniser(), cache / "recogniser.pt"), pack / RECOGNISER)
    _detector(_loaded(Detector(), cache / "detector.pt"), pack / DETECTOR)
    return "\n".join(_told(pack / name) for name in (DETECTOR, RECOGNISER))


def _told(file: Path) -> str:
    return f'{file.name}: sha256 = "{digest(file)}", bytes = {file.stat().st_size:_}'


def _loaded(net: nn.Module, file: Path) -> nn.Module:
    net.load_state_dict(torch.load(file, weights_only=True)["mean"])
    return net.eval()


def _recogniser(net: nn.Module, file: Path) -> None:
    faces = torch.zeros(2, 3, SIZE, SIZE)
    shapes = ({0: Dim("faces")},)
    _written(Recognising(net), faces, shapes, (["input"], ["embedding"]), file)


def _detector(net: nn.Module, file: Path) -> None:
    pictures = torch.zeros(1, 3, 256, 320)
    shapes = ({2: 32 * Dim("rows", min=1, max=512), 3: 32 * Dim("columns", min=1, max=512)},)
    names = [f"{kind}_{stride}" for kind in ("score", "bbox", "kps") for stride in STRIDES]
    _written(Detecting(net), pictures, shapes, (["input"], names), file)


def _written(net: nn.Module, example: Tensor, shapes: object, names: tuple[list[str], list[str]], file: Path) -> None:
    inputs, outputs = names
    program = torch.onnx.export(
        net, (example,), dynamic_shapes=shapes, input_names=inputs, output_names=outputs, opset_version=OPSET
    )
    model = program.model_proto
    for node in model.graph.node[:4]:
        node.name = f"{node.op_type}_{node.name}"  # insightface knows a normalisation by how its nodes' names begin
    for entry in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del entry.metadata_props[:]  # where on this machine the code lies
    del model.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, file)
