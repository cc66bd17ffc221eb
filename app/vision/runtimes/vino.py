"""OpenVINO on the CPU: as fast as ONNX Runtime in fp32, nearly twice as fast in bf16 where the CPU computes in it."""

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np

from app.domain.errors import ModelUnavailable
from app.vision.graph import QUANTISES_ITS_INPUT, operators, outputs
from app.vision.session import Tensor

Precision = Literal["bf16", "fp32"]

SMALL = 32_000_000
"""Bytes of a model's file up to which each lane has a copy of its own. A copy runs in its caller's thread; where lanes
share one, each run goes to a thread of OpenVINO's and back, which costs small models a quarter of their time."""

_HINTS = {"bf16": "bf16", "fp32": "f32"}


@dataclass(frozen=True, slots=True, eq=False)
class VinoSession:
    """A compiled model, and a request for each run that may go on at once; who comes then waits for one."""

    requests: "SimpleQueue[Any]"
    outputs: tuple[str, ...]
    input_shape: tuple[int | None, ...]
    batches: bool = False

    def run(self, blob: Tensor) -> list[Tensor]:
        request = self.requests.get()
        try:
            found = request.infer({0: blob}, share_inputs=True)
            return [np.asarray(found[number], dtype=np.float32) for number in range(len(self.outputs))]
        finally:
            self.requests.put(request)


class Vino:
    """See app.vision.session.Runtime."""

    def __init__(self, precision: Precision) -> None:
        """Raises ModelUnavailable where OpenVINO is not installed."""
        if not present():
            msg = "FACE_PROVIDER=openvino, but OpenVINO is not installed: pip install -r requirements-openvino.txt"
            raise ModelUnavailable(msg)
        # Only where it is wanted: importing it takes a fifth of a second.
        self._core: Any = importlib.import_module("openvino").Core()
        self._precision = precision

    @property
    def has_bf16(self) -> bool:
        """Whether this CPU computes in bf16 (AVX512_BF16, AMX); elsewhere it is rounded to, and gains nothing."""
        return "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")

    @property
    def name(self) -> str:
        return f"openvino {self._precision}"

    def open(self, model: Path, *, lanes: int = 1, threads: int = 1) -> VinoSession:
        """Load a model; a batch of any size becomes one of one. Raises ModelUnavailable."""
        if QUANTISES_ITS_INPUT in operators(model):
            msg = f"{model.name} quantises its input as it runs, of which OpenVINO makes other embeddings, and slowly."
            raise ModelUnavailable(msg)
        each = lanes if model.stat().st_size > SMALL else 1
        requests: SimpleQueue[Any] = SimpleQueue()
        try:
            graph = self._core.read_model(str(model))
            shape = _alone(graph)
            for _ in range(0, lanes, each):
                compiled = self._core.compile_model(graph, "CPU", self._options(each, threads))
                for _ in range(each):
                    requests.put(compiled.create_infer_request())
        except RuntimeError as error:
            msg = f"{model.name} cannot be loaded by OpenVINO: {str(error).strip().splitlines()[-1]}"
            raise ModelUnavailable(msg) from error
        return VinoSession(requests, outputs(model), shape)

    def _options(self, lanes: int, threads: int) -> dict[str, object]:
        return {
            "INFERENCE_PRECISION_HINT": _HINTS[self._precision],
            "NUM_STREAMS": lanes,
            "INFERENCE_NUM_THREADS": lanes * threads,
            # Several processes would all be pinned to the same first cores.
            "ENABLE_CPU_PINNING": False,
        }


def present() -> bool:
    """Whether OpenVINO is installed."""
    return importlib.util.find_spec("openvino") is not None


def _alone(graph: Any) -> tuple[int | None, ...]:  # noqa: ANN401 - OpenVINO need not be there for type checks
    """Fix the batch at one, and say what shape the model takes then."""
    shape = graph.input(0).get_partial_shape()
    if shape.rank.is_static and shape[0].is_dynamic:
        shape[0] = 1
        graph.reshape(shape)
    return tuple(size.get_length() if size.is_static else None for size in shape)
