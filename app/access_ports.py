"""What finding out who calls needs of the world. Protocols only: no code runs here."""

from datetime import datetime
from typing import Protocol

from app.domain.access import Caller
from app.domain.keys import SAME_QUOTA, Grant, Key, KeyDraft, Quota, Tenant
from app.domain.members import Page


class TenantStore(Protocol):
    """Whose everything is. `default` is there from the start."""

    async def put(self, tenant_id: str, name: str, quota: Quota = SAME_QUOTA) -> Tenant:
        """Make it, or call it by another name and allow it more or less; what it has stays."""
        ...

    async def get(self, tenant_id: str) -> Tenant:
        """Raises TenantNotFound."""
        ...

    async def page(self, cursor: str, limit: int) -> Page[Tenant]:
        """By id."""
        ...

    async def delete(self, tenant_id: str) -> None:
        """With all that is theirs. Raises TenantNotFound."""
        ...


class KeyStore(Protocol):
    """Keys, by their digests."""

    async def add(self, tenant: str, draft: KeyDraft, digest: str, prefix: str) -> Key:
        """Raises TenantNotFound."""
        ...

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Key]:
        """Newest first, those that were revoked too."""
        ...

    async def get(self, tenant: str, key_id: str) -> Key:
        """Raises KeyNotFound."""
        ...

    async def revoke(self, tenant: str, key_id: str) -> None:
        """For good; one that was revoked stays so. Raises KeyNotFound."""
        ...

    async def find(self, digest: str) -> Key | None:
        """The key, whosever it is; notes every few minutes that it is used."""
        ...


class UserTokens(Protocol):
    """Tokens that somebody else signed for the users of an app."""

    async def caller(self, token: str) -> Caller:
        """Raises TokenInvalid, TokenExpired, and Unavailable where those who sign cannot be asked for their keys."""
        ...


class UploadTokens(Protocol):
    """Tokens that this service signs."""

    def sign(self, grant: Grant) -> str: ...

    def read(self, token: str) -> Grant:
        """Raises TokenInvalid, TokenExpired."""
        ...


class TokenUses(Protocol):
    """How often tokens were used."""

    async def count(self, tenant: str, token_id: str, most: int, until: datetime) -> bool:
        """Count one use; False where there were `most` already. until: it need not be remembered longer."""
        ...

    async def forget_expired(self) -> None:
        """Drop what need not be remembered, of all tenants."""
        ...
