"""Which few dimensions tell faces apart.

Most of what distinguishes faces lies in a few directions of the embedding space, so that similarities within them are
nearly the whole similarities: enough to choose the candidates that are then compared in full.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""faces × dimensions."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """The directions that matter most. matrix: dimensions × kept, float32, columns orthonormal."""

    matrix: Vectors

    @property
    def kept(self) -> int:
        return int(self.matrix.shape[1])

    def project(self, vectors: Vectors) -> Vectors:
        """faces × kept, float32."""
        return np.ascontiguousarray(vectors @ self.matrix, dtype=np.float32)


def fit(sample: Vectors, kept: int) -> Basis:
    """The `kept` directions in which the sample's faces extend most, or all there are.

    Not centred, unlike textbook PCA: what has to be preserved is the dot product, the mean's part of it included.
    """
    moment = sample.T @ sample
    _, directions = np.linalg.eigh(moment.astype(np.float64))
    return Basis(np.ascontiguousarray(directions[:, ::-1][:, :kept], dtype=np.float32))
