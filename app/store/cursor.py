"""Where a listing goes on: the key of the last row, opaque to callers.

A key and not a number of rows to skip, so that what is added or deleted between two pages shifts nothing.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from app.domain.errors import InvalidRequest
from app.domain.members import Page

T = TypeVar("T")

LAST = (datetime.max.replace(tzinfo=UTC).isoformat(), str(UUID(int=2**128 - 1)))
"""Comes before everything in a listing that begins with what is newest."""


def encode(*key: str) -> str:
    """URL-safe text without padding."""
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> tuple[str, ...]:
    """The `length` parts of a key. Raises InvalidRequest for anything that `encode` did not write."""
    try:
        key = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(part, str) for part in key):
        msg = "The cursor is not one that this service gave out."
        raise InvalidRequest(msg)
    return tuple(key)


def newest_first(cursor: str) -> tuple[str, str]:
    """Time and id of the row before, in a listing that begins with what is newest. Raises InvalidRequest."""
    if not cursor:
        return LAST
    time, uuid = decode(cursor, 2)
    try:
        return datetime.fromisoformat(time).isoformat(), str(UUID(uuid))
    except ValueError:
        msg = "The cursor is not one of this listing."
        raise InvalidRequest(msg) from None


def page(rows: Sequence[T], limit: int, key: Callable[[T], Sequence[str]]) -> Page[T]:
    """A page of at most `limit` rows, given one more than that if there are more."""
    items = tuple(rows[:limit])
    return Page(items, encode(*key(items[-1])) if len(rows) > limit and items else "")
