"""Tokens for uploads: signed, so that nobody looks them up, and short-lived, so that nobody revokes them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.access import Scope
from app.domain.errors import TokenExpired, TokenInvalid
from app.domain.keys import TOKEN_PREFIX, Grant

ALGORITHM, AUDIENCE = "HS256", "svc-face-recon/uploads"
REQUIRED = ("exp", "aud", "jti", "tenant", "scope", "collection", "member")


def derived(secret: bytes) -> bytes:
    """A signing key of its own out of another secret (RFC 5869), so that no signature tells anything of that one."""
    return HKDF(SHA256(), 32, salt=None, info=AUDIENCE.encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class SignedUploads:
    """See access_ports.UploadTokens. key: 32 bytes, the same in every process."""

    key: bytes = field(repr=False)

    def sign(self, grant: Grant) -> str:
        claims = {
            "aud": AUDIENCE,
            "jti": grant.token_id,
            "exp": grant.expires_at,
            "tenant": grant.tenant,
            "scope": grant.scope,
            "collection": grant.collection,
            "member": grant.member_id,
            "uses": grant.uses,
        }
        return TOKEN_PREFIX + jwt.encode(claims, self.key, ALGORITHM)

    def read(self, token: str) -> Grant:
        claims = decoded(token.removeprefix(TOKEN_PREFIX), self.key, ALGORITHM, audience=AUDIENCE, required=REQUIRED)
        return Grant(
            claims["jti"],
            claims["tenant"],
            Scope(claims["scope"]),
            claims["collection"],
            claims["member"],
            claims.get("uses"),
            datetime.fromtimestamp(claims["exp"], UTC),
        )


def decoded(
    token: str,
    key: Any,  # noqa: ANN401 - whatever kind of key the algorithm takes
    algorithm: str,
    *,
    audience: str,
    required: tuple[str, ...],
    issuer: str | None = None,
) -> dict[str, Any]:
    """The claims of a token that holds. Raises TokenInvalid, TokenExpired.

    algorithm: the one that belongs to the key, whatever the token says. issuer: None where there is none to check.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[algorithm], audience=audience, issuer=issuer, options={"require": list(required)}
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired from None
    except jwt.PyJWTError:
        raise TokenInvalid from None  # pyjwt's words say which part was wrong: help for those who forge
    return claims
