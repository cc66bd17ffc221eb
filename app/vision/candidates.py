"""Boxes that a detector proposes, before and after the ones that mean the same face are dropped."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.vision.session import Tensor

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """n proposals, in pixels of the picture or canvas they were found in.

    boxes: n × (left, top, right, bottom). landmarks: n × 5 × (x, y). scores: n, 0–1. All float32.
    """

    boxes: Tensor
    landmarks: Tensor
    scores: Tensor

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, rows: Rows) -> "Candidates":
        return Candidates(self.boxes[rows], self.landmarks[rows], self.scores[rows])

    def areas(self) -> Tensor:
        """Areas of the boxes in square pixels; nothing below zero."""
        sides: Tensor = np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 0)
        return sides[:, 0] * sides[:, 1]


def join(parts: Sequence[Candidates]) -> Candidates:
    """All of them, in the order given; one part at least."""
    if len(parts) == 1:
        return parts[0]
    return Candidates(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def suppress(candidates: Candidates, overlap: float) -> Candidates:
    """Keep the best of those that overlap by more than `overlap` (intersection over union), best first."""
    left = np.argsort(-candidates.scores, kind="stable")
    kept: list[np.intp] = []
    while left.size:
        kept.append(left[0])
        left = left[1:][overlaps(candidates.boxes[left[0]], candidates.boxes[left[1:]]) <= overlap]
    return candidates.take(np.array(kept, dtype=np.intp))


def overlaps(box: Tensor, others: Tensor) -> Tensor:
    """Intersection over union of one box with n others: n values, 0–1.

    A box counts its border pixels on both sides, as in insightface and in Faster R-CNN's code, where it comes from.
    """
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    width, height = np.maximum(high - low + 1, 0).T
    shared: Tensor = width * height
    union: Tensor = _area(box) + _area(others.T) - shared
    return shared / union


def _area(box: Tensor) -> Tensor:
    """Of one box, or of n that stand in columns, with the border pixels of both sides."""
    area: Tensor = (box[2] - box[0] + 1) * (box[3] - box[1] + 1)
    return area
