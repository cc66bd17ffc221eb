"""Ids that Postgres made."""

from uuid import UUID

from app.domain.errors import NotFound


def uuid_or(text: str, missing: type[NotFound]) -> UUID:
    """The id. Raises `missing` for what was never one; Python reads more spellings than one, only ours is one."""
    try:
        found = UUID(text)
    except ValueError:
        raise missing from None
    if str(found) != text.lower():
        raise missing
    return found
