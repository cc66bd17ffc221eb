"""Secrets that have to be had again, encrypted: AES-256-GCM, bound to what they belong to.

A sealed text is `sealed:1:KEY ID:BASE64 of nonce and ciphertext`. What was kept before there was a key is plain, and is
sealed by `python -m app secrets rotate`.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.errors import EncryptionKeyMissing, SecretUnreadable

PREFIX = "sealed:1:"
NONCE_BYTES = 12
"""NIST SP 800-38D, 8.2.2: chance is good for 2³² secrets under one key."""


class Seal:
    """keys: of 32 bytes. The first seals, any opens; without one nothing new is sealed."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys = {sha256(key).hexdigest()[:8]: AESGCM(key) for key in keys}
        self._first = next(iter(self._keys), "")

    def sealed(self, secret: str, *owner: str) -> str:
        """The secret as it is kept. owner: what it belongs to; elsewhere it cannot be opened.

        Raises EncryptionKeyMissing.
        """
        if not self._first:
            raise EncryptionKeyMissing
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = nonce + self._keys[self._first].encrypt(nonce, secret.encode(), _bound(owner))
        return f"{PREFIX}{self._first}:{urlsafe_b64encode(closed).decode()}"

    def opened(self, kept: str, *owner: str) -> str:
        """The secret again. Raises SecretUnreadable where the key is not here, or it was another's."""
        if not kept.startswith(PREFIX):
            return kept
        key_id, _, text = kept.removeprefix(PREFIX).partition(":")
        closed = urlsafe_b64decode(text)
        try:
            return self._keys[key_id].decrypt(closed[:NONCE_BYTES], closed[NONCE_BYTES:], _bound(owner)).decode()
        except (KeyError, InvalidTag):
            raise SecretUnreadable from None

    def is_current(self, kept: str) -> bool:
        """Whether the first key sealed it."""
        return kept.startswith(f"{PREFIX}{self._first}:")


def _bound(owner: Sequence[str]) -> bytes:
    return "\0".join(owner).encode()
