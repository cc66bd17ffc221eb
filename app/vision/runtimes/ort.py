"""ONNX Runtime: on the CPU, and on NVIDIA's GPUs where onnxruntime-gpu is installed in its place."""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as raised

from app.domain.errors import ModelUnavailable
from app.vision.session import Tensor

Device = Literal["cpu", "cuda", "tensorrt"]

PROVIDERS = MappingProxyType(
    {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
)
"""ONNX Runtime's names of the devices."""

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

_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}


@dataclass(frozen=True, slots=True)
class OrtSession:
    """A model in ONNX Runtime, run in its caller's thread and `threads` − 1 of its own."""

    inner: onnxruntime.InferenceSession
    entrance: str
    outputs: tuple[str, ...]
    input_shape: tuple[int | None, ...]
    batches: bool

    def run(self, blob: Tensor) -> list[Tensor]:
        return cast("list[Tensor]", self.inner.run(None, {self.entrance: blob}))


@dataclass(frozen=True, slots=True)
class Ort:
    """See app.vision.session.Runtime."""

    name: Device = "cpu"

    def open(self, model: Path, *, lanes: int = 1, threads: int = 1) -> OrtSession:
        """Load a model. Raises ModelUnavailable, also where the device is not there or would not be used."""
        del lanes  # any number of threads may run a session at once
        wanted = PROVIDERS[self.name]
        if wanted not in onnxruntime.get_available_providers():
            msg = f"FACE_PROVIDER={self.name}, but this ONNX Runtime lacks it: install onnxruntime-gpu in its place."
            raise ModelUnavailable(msg)
        if self.name != "cpu":
            onnxruntime.preload_dlls(directory="")  # CUDA's and cuDNN's own wheels, where the system has neither
        inner = _load(model, _providers(self.name), _options(threads))
        if inner.get_providers()[0] != wanted:
            msg = f"FACE_PROVIDER={self.name}, but ONNX Runtime could not start it: is a GPU with its driver visible?"
            raise ModelUnavailable(msg)
        entrance = inner.get_inputs()[0]
        shape = tuple(size if isinstance(size, int) and size > 0 else None for size in entrance.shape)
        outputs = tuple(output.name for output in inner.get_outputs())
        return OrtSession(inner, entrance.name, outputs, shape, batches=self.name != "cpu")


def has_gpu() -> bool:
    """Whether this ONNX Runtime was built for CUDA; not whether a GPU is there."""
    return PROVIDERS["cuda"] in onnxruntime.get_available_providers()


def _providers(device: Device) -> list[object]:
    """The device, then those that run what it cannot."""
    cuda = (PROVIDERS["cuda"], _CUDA_OPTIONS)
    chain: dict[Device, list[object]] = {"cpu": [], "cuda": [cuda], "tensorrt": [PROVIDERS["tensorrt"], cuda]}
    return [*chain[device], PROVIDERS["cpu"]]


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
