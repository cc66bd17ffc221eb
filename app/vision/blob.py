"""Pixels as models take them: planes of float32 numbers."""

from collections.abc import Sequence

import cv2
import numpy as np
from cv2.typing import MatLike

from app.domain.faces import Pixels
from app.vision.session import Tensor

RGB, BGR = (0, 1, 2), (2, 1, 0)


class Blobs:
    """Turns pictures of one size into n × 3 × height × width, each value (pixel − mean) / divisor.

    Equal to OpenCV's own blobFromImage, in less than a tenth of its time at 448 × 640.
    """

    def __init__(self, mean: float, divisor: float, order: tuple[int, int, int] = RGB) -> None:
        self._mean, self._divisor, self._order = np.float32(mean), np.float32(divisor), order
        self._as_is = (mean, divisor) == (0, 1)

    def of(self, pictures: Sequence[Pixels]) -> Tensor:
        """The planes of the pictures, which are RGB."""
        height, width = pictures[0].shape[:2]
        blob: Tensor = np.empty((len(pictures), 3, height, width), dtype=np.float32)
        for picture, planes in zip(pictures, blob, strict=True):
            for number, channel in zip(self._order, cv2.split(picture), strict=True):
                self._fill(planes[number], channel)
        return blob

    def _fill(self, plane: Tensor, channel: MatLike) -> None:
        """Plane by plane, since one stays in the core's own cache."""
        plane[...] = channel
        if not self._as_is:
            plane -= self._mean
            plane /= self._divisor
