"""Small pictures of photos and of the faces in them, made in a thread of their own."""

from asyncio import wrap_future
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import cv2
import numpy as np

from app.domain.errors import ModelUnavailable
from app.domain.faces import Box, Pixels
from app.vision.decode import Limits, Opened, opened
from app.vision.room import Room

QUALITY = 80
"""Of the JPEG: about a tenth of the bytes of 95, and no difference to be seen at this size."""

AROUND = 0.35
"""What is shown around a face on every side, in parts of its longer side: hair and chin, and not the neighbour."""

WAITING = 256_000_000
"""Pixels of the photos that may wait (see app.vision.room). Whoever comes then is told to come again."""


class JpegThumbnails:
    """See ports.Thumbnails. One thread: faces are to be found beside it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="thumbnails")
        self._door = ThreadPoolExecutor(1, thread_name_prefix="thumbnails-door")
        self._room = Room(WAITING)

    async def whole(self, photo: bytes, side: int) -> bytes:
        return await self._made(photo, partial(_whole, side=side))

    async def face(self, photo: bytes, box: Box, side: int) -> bytes:
        return await self._made(photo, partial(_face, box=box, side=side))

    def close(self) -> None:
        """Finish what has begun, drop what waits."""
        self._door.shutdown(cancel_futures=True)
        self._pool.shutdown(cancel_futures=True)

    async def _made(self, photo: bytes, make: Callable[[Opened], bytes]) -> bytes:
        try:
            # The header not here, where a malicious one would hold up everybody.
            header = await wrap_future(self._door.submit(opened, photo, self._limits))
            cost = self._room.enter(header.area)
            task = self._pool.submit(make, header)
        except RuntimeError as error:
            msg = "The service is closing."
            raise ModelUnavailable(msg) from error
        task.add_done_callback(lambda _: self._room.leave(cost))
        return await wrap_future(task)


@contextmanager
def open_thumbnails(limits: Limits) -> Iterator[JpegThumbnails]:
    """Make them until the end. limits: largest photo that is read."""
    made = JpegThumbnails(limits)
    try:
        yield made
    finally:
        made.close()


def _whole(photo: Opened, side: int) -> bytes:
    return _jpeg(_fitted(photo.decode(photo.coarsest(side)).pixels, side))


def _face(photo: Opened, box: Box, side: int) -> bytes:
    width, height = photo.image.size
    # Enough of the photo's pixels for the face alone to have `side` of them.
    part = max(box.width * width, box.height * height) / max(width, height)
    found = photo.decode(photo.coarsest(round(side / max(part, side / max(width, height)))))
    return _jpeg(_fitted(_square(found.pixels, box), side))


def _square(pixels: Pixels, box: Box) -> Pixels:
    """The face and what is around it, as far as the photo goes."""
    height, width = pixels.shape[:2]
    half = max(box.width * width, box.height * height) * (0.5 + AROUND)
    x, y = (box.left + box.width / 2) * width, (box.top + box.height / 2) * height
    left, right = _within(x - half, x + half, width)
    top, bottom = _within(y - half, y + half, height)
    return pixels[top:bottom, left:right]


def _within(low: float, high: float, size: int) -> tuple[int, int]:
    """A range of pixels inside the photo, one at least."""
    first = min(max(0, round(low)), size - 1)
    return first, max(first + 1, min(size, round(high)))


def _fitted(pixels: Pixels, side: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _jpeg(pixels: Pixels) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
