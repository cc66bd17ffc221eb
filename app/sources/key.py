"""Names of objects in a storage, and what of them is refused before the storage hears of it."""

import re
from typing import NamedTuple

from app.domain.errors import SourceForbidden

LONGEST_KEY = 1024
"""Bytes of UTF-8, the limit of S3."""
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, line ends and halves of characters. Odd blanks and joiners are let through: macOS puts U+202F
into the names of screenshots, and emoji are joined by U+200D."""


class ObjectName(NamedTuple):
    bucket: str
    key: str


def object_name(bucket: str, key: str) -> ObjectName:
    """Check both. Raises SourceForbidden where a part is missing, too long or climbs out of the bucket."""
    if not key:
        msg = "The name of the object has no key."
        raise SourceForbidden(msg)
    return folder_name(bucket, key)


def folder_name(bucket: str, prefix: str) -> ObjectName:
    """Check both, of which the prefix may be empty. Raises SourceForbidden as `object_name` does."""
    if not bucket or len(prefix.encode("utf-8", "replace")) > LONGEST_KEY:
        msg = "The name of the object is a bucket, a slash and a key of at most 1024 bytes."
        raise SourceForbidden(msg)
    # HTTP clients and servers fold «a/../b» into «b»: what is signed would not be what is asked for.
    if any(segment in (".", "..") for segment in (bucket, *prefix.split("/"))):
        msg = "The name of the object has . or .. in its path."
        raise SourceForbidden(msg)
    if _ODD.search(bucket + prefix) or not set(bucket).isdisjoint("/\\?#%@: "):
        msg = "The name of the object has characters in it that no storage accepts."
        raise SourceForbidden(msg)
    return ObjectName(bucket, prefix)


def split(uri: str, *schemes: str) -> tuple[str, ObjectName]:
    """Take `s3://bucket/key` apart: the scheme and the name. Raises SourceForbidden."""
    scheme, mark, rest = uri.strip().partition("://")
    if not mark or scheme.lower() not in schemes:
        msg = f"An object is named {' or '.join(f'{known}://bucket/key' for known in schemes)}."
        raise SourceForbidden(msg)
    bucket, _, key = rest.partition("/")
    return scheme.lower(), object_name(bucket, key)
