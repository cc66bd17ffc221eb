"""What our collections are called at AWS."""

import re
from uuid import uuid4

from app.domain.collections import CollectionRef

READABLE = 100
"""Characters of each name that are shown."""


def fresh_name(prefix: str, ref: CollectionRef) -> str:
    """Letters, digits, `_`, `.` and `-`, 255 at most, as AWS wants it, and no other collection's, be it of old."""
    return ".".join((prefix, _plain(ref.tenant), _plain(ref.name), uuid4().hex[:12]))


def _plain(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_.\-]", "_", text)[:READABLE]
