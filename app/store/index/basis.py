"""Which few dimensions tell faces apart.

Most of what distinguishes faces lies in a few directions of the embedding space, so that similarities within them are
nearly the whole similarities: enough to choose the candidates that are then compared in full.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""faces × dimensions."""


LARGEST = 127
"""The largest coordinate that a signed byte holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """The directions that matter most, and how finely they are measured.

    matrix: dimensions × kept, float32, columns orthonormal. scale: steps per unit of length. A coordinate is off by
    half a step at most, which moves a similarity by about 0.001: twice as many dimensions in a byte each tell faces
    apart far better than half as many in 16 bits, in the same memory and time.
    """

    matrix: Vectors
    scale: float

    @property
    def kept(self) -> int:
        return int(self.matrix.shape[1])

    def steps(self, vectors: Vectors) -> Vectors:
        """Faces × kept: whole numbers from −127 to 127."""
        steps: Vectors = np.clip(np.rint(vectors @ self.matrix * self.scale), -LARGEST, LARGEST).astype(np.float32)
        return steps


def fit(sample: Vectors, kept: int) -> Basis:
    """The `kept` directions in which the sample's faces extend most, or all there are.

    Not centred, unlike textbook PCA: what has to be preserved is the dot product, the mean's part of it included.
    """
    moment = sample.T @ sample
    _, directions = np.linalg.eigh(moment.astype(np.float64))
    matrix = np.ascontiguousarray(directions[:, ::-1][:, :kept], dtype=np.float32)
    furthest = float(np.abs(sample @ matrix).max(initial=0.0)) or 1.0
    return Basis(matrix, LARGEST / min(1.0, furthest))
