"""Tokens that Supabase, or whoever signs as it does, gave to the users of an app."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt

from app.domain.access import Caller, Scope
from app.domain.errors import TokenInvalid
from app.domain.members import wrong_with_id
from app.tokens.jwks import Jwks
from app.tokens.upload import decoded

REQUIRED = ("exp", "aud", "iss", "sub")
ALGORITHMS = {"EC": "ES256", "RSA": "RS256"}
"""By the type of the key. What a token says its algorithm is only chooses between the secret and the key set."""
SYMMETRIC = "HS256"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a token must say, and what it is good for.

    tenant: whose users they are, unless tenant_claim names a claim that says it. member_claim: says which member the
    user is. Claims are paths, as app_metadata.tenant. secret: of tokens that are signed by one; "" refuses those.
    """

    issuer: str
    audience: str
    tenant: str
    tenant_claim: str
    member_claim: str
    collection: str
    scopes: frozenset[Scope]
    secret: str = field(default="", repr=False)


class SignedUsers:
    """See access_ports.UserTokens."""

    def __init__(self, rules: Rules, jwks: Jwks) -> None:
        self._rules = rules
        self._jwks = jwks

    async def caller(self, token: str) -> Caller:
        rules = self._rules
        key, algorithm = await self._key(token)
        claims = decoded(token, key, algorithm, audience=rules.audience, required=REQUIRED, issuer=rules.issuer)
        return Caller(
            "The user",
            _claim(claims, rules.tenant_claim) if rules.tenant_claim else rules.tenant,
            rules.scopes,
            frozenset({rules.collection}),
            _claim(claims, rules.member_claim),
            sends=True,
        )

    async def _key(self, token: str) -> tuple[object, str]:
        """The key that must have signed the token, and the algorithm it is for. Raises TokenInvalid, Unavailable."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise TokenInvalid from None
        if header.get("alg") == SYMMETRIC and self._rules.secret:
            return self._rules.secret.encode(), SYMMETRIC
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS.values() or not isinstance(kid, str):
            raise TokenInvalid
        key = await self._jwks.key(kid)
        if key.key_type not in ALGORITHMS:
            raise TokenInvalid
        return key.key, ALGORITHMS[key.key_type]


def _claim(claims: Mapping[str, object], path: str) -> str:
    """The id at the path. Raises TokenInvalid where there is none, or not one that can be an id."""
    found: object = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found or wrong_with_id(found):
        raise TokenInvalid
    return found
