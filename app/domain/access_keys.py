"""Keys that requests are signed with, as AWS's clients do."""

import secrets
import string
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime

_LETTERS = string.ascii_uppercase + "234567"
PREFIX = "AKIA"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """Without its secret."""

    access_key_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key it is, and what its signatures are made with."""

    tenant: str
    secret: str = field(repr=False)


def new_id() -> str:
    """20 characters, as AWS's have: some clients insist."""
    return PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(16))


def new_secret() -> str:
    """40 characters, 240 bits."""
    return b64encode(secrets.token_bytes(30)).decode()
