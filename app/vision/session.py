"""What the engine needs of a runtime: models opened, and run."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]


class Session(Protocol):
    """A model that runs, whichever runtime it runs in. Safe to call from several threads at once."""

    @property
    def outputs(self) -> tuple[str, ...]: ...

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """None where the model takes any size."""
        ...

    @property
    def batches(self) -> bool:
        """Whether several inputs in one run take less time than one by one."""
        ...

    def run(self, blob: Tensor) -> list[Tensor]:
        """One array for each of `outputs`, which nobody else writes to."""
        ...


class Runtime(Protocol):
    """A library that runs models on a device."""

    @property
    def name(self) -> str:
        """The provider as an operator reads it: «cpu», «openvino bf16», «cuda»."""
        ...

    def open(self, model: Path, *, lanes: int, threads: int) -> Session:
        """Load a model. lanes: how many runs may go on at once; threads: how many cores each of them uses.

        Raises ModelUnavailable for a file that cannot be loaded and a device that is not there.
        """
        ...
