"""Embeddings of aligned faces, by a recognition model of any embedding size."""

from collections.abc import Sequence

import numpy as np

from app.domain.errors import ModelUnavailable, UnusableFace
from app.domain.faces import Embedding, Pixels, unit
from app.vision.align import SIZE
from app.vision.blob import Blobs
from app.vision.graph import QUANTISES_ITS_INPUT, preparation
from app.vision.session import Session, Tensor

BATCH = 32
"""Most faces of one run on a GPU. On one core eight at once take as long each as one by one, twenty-four longer."""


class Embedder:
    """Embeds faces, each as if it were alone.

    A model whose input is quantised as it comes takes its scale from the whole batch, so that a face's embedding would
    hang on its companions; such a model is run face by face, and so is one exported for a batch of one.
    """

    def __init__(
        self, session: Session, operators: Sequence[str], normalisation: tuple[float, float] | None = None
    ) -> None:
        """Take mean and divisor as told, or as the operators tell.

        Raises ModelUnavailable where the model does not turn a 112-pixel face into one vector.
        """
        self._session = session
        self._blobs = Blobs(*(normalisation or _normalisation(operators)))
        alone = QUANTISES_ITS_INPUT in operators or session.input_shape[0] == 1
        self._batch = 1 if alone or not session.batches else BATCH
        self.dimensions = self._measure()

    def embed(self, crops: Sequence[Pixels]) -> list[Embedding]:
        """One vector of length one for each crop (112 × 112 × RGB). Raises UnusableFace for a face that gives none."""
        vectors: list[Tensor] = []
        for start in range(0, len(crops), self._batch):
            vectors.extend(self._session.run(self._blobs.of(crops[start : start + self._batch]))[0])
        return [_unit(vector) for vector in vectors]

    def _measure(self) -> int:
        """Size of an embedding, from a run on a grey square, which is also the model's first and slowest."""
        if self._session.input_shape[1:] not in {(3, SIZE, SIZE), (3, None, None)}:
            msg = f"A recogniser takes 3 × {SIZE} × {SIZE}, this model {self._session.input_shape[1:]}."
            raise ModelUnavailable(msg)
        answer = self._session.run(self._blobs.of([np.full((SIZE, SIZE, 3), 127, dtype=np.uint8)]))
        if len(answer) != 1 or answer[0].ndim != 2 or len(answer[0]) != 1:  # noqa: PLR2004 - rows of numbers
            msg = f"A recogniser answers with one vector a face, this model with {[part.shape for part in answer]}."
            raise ModelUnavailable(msg)
        return int(answer[0].shape[1])


def _normalisation(operators: Sequence[str]) -> tuple[float, float]:
    """What is subtracted from the pixels, and what they are then divided by.

    Models that came from MXNet subtract and multiply by themselves before the first convolution; the others want
    −1…1. insightface decides the same from the names of the first eight nodes, which a quantised graph may hide.
    """
    before = preparation(operators)
    inside = "Sub" in before and bool(before & {"Mul", "Div"})
    return (0.0, 1.0) if inside else (127.5, 127.5)


def _unit(vector: Tensor) -> Embedding:
    try:
        return unit(vector)
    except ValueError as error:
        msg = "The recogniser finds nothing in the face: its vector has no direction."
        raise UnusableFace(msg) from error
