"""Receipts for erasures: JSON Web Signatures (RFC 7515) with Ed25519 (RFC 8037), which any library for those verifies.

Both keys are derived from ENCRYPTION_KEY, so that every process has the same and none has to be kept: one signs, the
other hides whom a receipt is about. Ids are easily guessed, so a plain hash of one would be as good as the id.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import OKPAlgorithm

from app.domain.erasure import Json, Pseudonym, Subject
from app.domain.errors import EncryptionKeyMissing, ReceiptInvalid

ALGORITHM, TYPE = "EdDSA", "erasure-receipt+jwt"
SIGNING, HIDING = b"svc-face-recon/erasure-receipts", b"svc-face-recon/erased-subjects"
REQUIRED = ("iss", "jti", "iat", "subject", "erased")


@dataclass(frozen=True, slots=True)
class SignedReceipts:
    """See person_ports.Receipts. secrets: of 32 bytes, the one in use first. issuer: who signs."""

    secrets: Sequence[bytes] = field(repr=False)
    issuer: str

    def pseudonyms(self, subject: Subject) -> Sequence[Pseudonym]:
        self._require()
        words = (subject.ref.tenant, subject.ref.name, subject.member_id)
        return [_hidden(secret, *words) for secret in self.secrets]

    def sign(self, subject: Subject, claims: Json) -> str:
        self._require()
        secret, ref = self.secrets[0], subject.ref
        who, where = _hidden(secret, ref.tenant, ref.name, subject.member_id), _hidden(secret, ref.tenant, ref.name)
        hashed = {"hash": "HMAC-SHA256", "hash_key": who.key_id, "subject": who.value, "collection": where.value}
        headers = {"kid": public(secret)["kid"], "typ": TYPE}
        return jwt.encode({"iss": self.issuer, **claims, **hashed}, _private(secret), ALGORITHM, headers=headers)

    def public_keys(self) -> Sequence[Json]:
        return [public(secret) for secret in self.secrets]

    def read(self, receipt: str, keys: Sequence[Json] | None = None) -> Json:
        return _claims(receipt, self.public_keys() if keys is None else keys)

    def _require(self) -> None:
        if not self.secrets:
            msg = "ENCRYPTION_KEY is not set, and receipts for erasures are signed with it."
            raise EncryptionKeyMissing(msg)


def _claims(receipt: str, keys: Sequence[Json]) -> dict[str, Any]:
    """The claims of a receipt that one of the keys signed. Raises ReceiptInvalid."""
    try:
        header = jwt.get_unverified_header(receipt)
        known = {key["kid"]: key for key in keys}
        signer = jwt.PyJWK.from_dict(dict(known[header["kid"]]), ALGORITHM)
        # When it was made is told, not judged: clocks differ.
        claims: dict[str, Any] = jwt.decode(
            receipt, signer, algorithms=[ALGORITHM], options={"require": list(REQUIRED), "verify_iat": False}
        )
    except (jwt.PyJWTError, KeyError, TypeError):
        raise ReceiptInvalid from None
    return claims


def public(secret: bytes) -> Mapping[str, str]:
    """The public key as others are told of it (RFC 7517). kid: its thumbprint (RFC 7638)."""
    key: dict[str, str] = OKPAlgorithm.to_jwk(_private(secret).public_key(), as_dict=True)
    named = json.dumps({name: key[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    kid = urlsafe_b64encode(sha256(named.encode()).digest()).decode().rstrip("=")
    return {**key, "kid": kid, "use": "sig", "alg": ALGORITHM}


def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(secret, SIGNING))


def _hidden(secret: bytes, *words: str) -> Pseudonym:
    key = _derived(secret, HIDING)
    return Pseudonym(sha256(key).hexdigest()[:8], hmac.new(key, "\0".join(words).encode(), sha256).hexdigest())


def _derived(secret: bytes, purpose: bytes) -> bytes:
    """A key of its own out of another (RFC 5869), which tells nothing of that one."""
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret)
