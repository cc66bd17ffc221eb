"""Several pictures in one call, each with its own answer: one that cannot be used spoils no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from app.domain.errors import DatabaseUnavailable, FaceReconError
from app.domain.images import ImageRef

T = TypeVar("T")

Given = ImageRef | FaceReconError
"""A picture, or why what was sent is none."""

AT_ONCE = 4
"""Pictures of one call that are fetched and looked at at the same time: a batch must not keep others waiting."""

log = structlog.get_logger()


async def each(given: Sequence[Given], do: Callable[[ImageRef], Awaitable[T]]) -> list[T | FaceReconError]:
    """What came of each, in their order: an answer, or why there is none. Raises DatabaseUnavailable."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(image: Given) -> T | FaceReconError:
        if isinstance(image, FaceReconError):
            return image
        async with places:
            return await _tried(image, do)

    done = await asyncio.gather(*map(one, given))
    for answer in done:
        if isinstance(answer, DatabaseUnavailable):
            raise answer
    return done


async def _tried(image: ImageRef, do: Callable[[ImageRef], Awaitable[T]]) -> T | FaceReconError:
    try:
        return await do(image)
    except FaceReconError as error:
        return error
    except Exception:
        log.exception("a picture met a bug")  # which is that picture's alone
        return FaceReconError()
