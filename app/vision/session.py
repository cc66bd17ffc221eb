"""Models opened for running: on which device, on how many threads, with how much memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as raised

from app.domain.errors import ModelUnavailable

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

Tensor = NDArray[np.float32]

BROKEN = (
    raised.Fail,
    raised.InvalidArgument,
    raised.InvalidGraph,
    raised.InvalidProtobuf,
    raised.NoSuchFile,
    raised.NotImplemented,
    raised.RuntimeException,
    RuntimeError,
    ValueError,
)
"""What ONNX Runtime raises for a file that it cannot load. Its own errors have no class in common."""

_SILENT = 4
"""Only fatal errors are logged: a detector run at another size than it was exported for warns each time."""


class Session(Protocol):
    """A model that runs, whichever runtime it runs in. Safe to call from several threads at once."""

    @property
    def outputs(self) -> tuple[str, ...]: ...

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """None where the model takes any size."""
        ...

    @property
    def provider(self) -> str:
        """The device it runs on: «cpu» or «cuda»."""
        ...

    def run(self, blob: Tensor) -> list[Tensor]:
        """One array for each of `outputs`."""
        ...


@dataclass(frozen=True, slots=True)
class OrtSession:
    """A model in ONNX Runtime."""

    inner: onnxruntime.InferenceSession
    entrance: str
    outputs: tuple[str, ...]
    input_shape: tuple[int | None, ...]
    provider: str

    def run(self, blob: Tensor) -> list[Tensor]:
        return cast("list[Tensor]", self.inner.run(None, {self.entrance: blob}))


def open_session(model: Path, provider: str = "auto", threads: int = 1) -> OrtSession:
    """Load a model.

    provider: auto, cpu or cuda; auto takes CUDA where this ONNX Runtime has it. threads: how many one run uses.
    Raises ModelUnavailable for a file that cannot be loaded, and where cuda is asked for and would not be used.
    """
    inner = _load(model, _providers(provider), _options(threads))
    used = "cuda" if inner.get_providers()[0] == CUDA else "cpu"
    if provider == "cuda" and used != "cuda":
        msg = "FACE_PROVIDER=cuda, but ONNX Runtime could not start CUDA: is a GPU with its driver visible here?"
        raise ModelUnavailable(msg)
    entrance = inner.get_inputs()[0]
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in entrance.shape)
    return OrtSession(inner, entrance.name, tuple(output.name for output in inner.get_outputs()), shape, used)


def _providers(wanted: str) -> list[object]:
    present = onnxruntime.get_available_providers()
    if wanted not in {"auto", "cpu", "cuda"}:
        msg = f"FACE_PROVIDER={wanted} is not one of auto, cpu, cuda."
        raise ModelUnavailable(msg)
    if wanted == "cuda" and CUDA not in present:
        msg = "FACE_PROVIDER=cuda, but this ONNX Runtime has no CUDA: install onnxruntime-gpu in its place."
        raise ModelUnavailable(msg)
    if wanted == "cpu" or CUDA not in present:
        return [CPU]
    return [(CUDA, {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}), CPU]


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _SILENT
    # Threads that spin while they wait take the cores from the other pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The arena keeps the largest picture's memory for good and gains no time on these models.
    options.enable_cpu_mem_arena = False
    return options


def _load(model: Path, providers: list[object], options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=providers)
    except BROKEN as error:
        msg = f"{model.name} cannot be loaded: {str(error).splitlines()[0]}"
        raise ModelUnavailable(msg) from error
