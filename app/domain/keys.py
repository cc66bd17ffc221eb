"""Tenants, and the keys and tokens by which they are spoken for."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from app.domain.access import Caller, Scope
from app.domain.errors import Forbidden, KeyExpired, KeyRevoked

KEY_PREFIX = "fk_live_"
TOKEN_PREFIX = "fu_"  # noqa: S105 - how the text of every upload token begins
SHOWN = len(KEY_PREFIX) + 6
"""Characters of a key that are kept to tell it by; the other 37 are the secret."""


def new_key() -> str:
    """256 bits of chance, so that a plain digest of it is as good as a slow one."""
    return KEY_PREFIX + urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def digest(key: str) -> str:
    """What is kept of a key."""
    return sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Tenant:
    """members, photos: how many it has; max_*: how many it may have, 0 for any number."""

    tenant_id: str
    name: str
    created_at: datetime
    members: int = 0
    photos: int = 0
    max_members: int = 0
    max_photos: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a tenant is to be allowed from here on. 0: any number; None leaves it as it is."""

    max_members: int | None = None
    max_photos: int | None = None


SAME_QUOTA = Quota()


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What a caller says of a key to be. collections: the only ones it is for, empty for all."""

    name: str
    scopes: frozenset[Scope]
    collections: frozenset[str] = frozenset()
    expires_at: datetime | None = None

    def require_within(self, caller: Caller) -> None:
        """Nobody gives more than they have. Raises Forbidden."""
        for scope in sorted(self.scopes):
            caller.require(scope)
        if caller.expires_at and (self.expires_at is None or self.expires_at > caller.expires_at):
            msg = f"{caller.name} ends before that key would."
            raise Forbidden(msg)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept. prefix: how it begins. last_used_at: within minutes."""

    tenant: str
    key_id: str
    prefix: str
    name: str
    scopes: frozenset[Scope]
    collections: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def caller(self, now: datetime) -> Caller:
        """Raises KeyRevoked, KeyExpired."""
        if self.revoked_at:
            raise KeyRevoked
        if self.expires_at and self.expires_at <= now:
            raise KeyExpired
        name = f"The key {self.prefix}…"
        return Caller(name, self.tenant, self.scopes, self.collections, expires_at=self.expires_at)


@dataclass(frozen=True, slots=True)
class Grant:
    """What an upload token allows: one scope in one collection, for a while. uses: how often, None for any number."""

    token_id: str = field(repr=False)
    tenant: str
    scope: Scope
    collection: str
    member_id: str
    uses: int | None
    expires_at: datetime

    def caller(self) -> Caller:
        return Caller(
            "The upload token",
            self.tenant,
            frozenset({self.scope}),
            frozenset({self.collection}),
            self.member_id,
            sends=True,
            expires_at=self.expires_at,
        )
