"""Our ids in the alphabet of AWS's: letters, digits and `_.-:`, 128 characters of a user's, 255 of an image's.

What has other characters in it is written percent-encoded with a colon for the percent sign, after two colons:
«josé» is `::jos:c3:a9`.
"""

import re
from urllib.parse import quote, unquote

LONGEST_USER, LONGEST_IMAGE = 128, 255
MARK = "::"
_PLAIN = re.compile(r"[a-zA-Z0-9_.\-:]+")


def user(member_id: str) -> str:
    """How a member is called, "" where no name is short enough.

    >>> user("ana"), user("josé m")
    ('ana', '::jos:c3:a9:20m')
    """
    plain = _PLAIN.fullmatch(member_id) and member(member_id) == member_id
    return _fitting(member_id if plain else _escaped(member_id), LONGEST_USER)


def member(user_id: str) -> str:
    """Whom a user's id means: the inverse of `user`.

    >>> member("::jos:c3:a9:20m"), member("::ana")
    ('josé m', '::ana')
    """
    try:
        meant = unquote(user_id.removeprefix(MARK).replace(":", "%"), errors="strict")
    except UnicodeDecodeError:
        return user_id
    # Only what `user` would write so; anything else means itself.
    return meant if user_id.startswith(MARK) and _escaped(meant) == user_id else user_id


def image(external_id: str) -> str:
    """How a picture is called, "" where it has no name or none that is short enough."""
    return _fitting(external_id if _PLAIN.fullmatch(external_id) else _escaped(external_id), LONGEST_IMAGE)


def _escaped(text: str) -> str:
    # quote() leaves «~» alone, which is none of AWS's.
    codes = quote(text, safe="").replace("~", "%7E").replace("%", ":")
    return MARK + re.sub(r":[0-9A-F]{2}", lambda code: code[0].lower(), codes) if text else ""


def _fitting(name: str, longest: int) -> str:
    return name if len(name) <= longest else ""
