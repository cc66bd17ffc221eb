"""Tenants and keys in memory."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from uuid import uuid4

from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import KeyNotFound, TenantNotFound
from app.domain.keys import SAME_QUOTA, Key, KeyDraft, Quota, Tenant
from app.domain.members import Page
from app.store import cursor as cursors


class FakeTenantStore:
    """See access_ports.TenantStore."""

    def __init__(self) -> None:
        self.known = {DEFAULT_TENANT: Tenant(DEFAULT_TENANT, "", datetime.now(UTC))}

    async def put(self, tenant_id: str, name: str, quota: Quota = SAME_QUOTA) -> Tenant:
        made = self.known.get(tenant_id, Tenant(tenant_id, name, datetime.now(UTC)))
        said = {kind: most for kind, most in asdict(quota).items() if most is not None}
        self.known[tenant_id] = replace(made, name=name, **said)
        return self.known[tenant_id]

    async def get(self, tenant_id: str) -> Tenant:
        if tenant_id not in self.known:
            raise TenantNotFound
        return self.known[tenant_id]

    async def page(self, cursor: str, limit: int) -> Page[Tenant]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        rows = [tenant for name, tenant in sorted(self.known.items()) if name > after]
        return cursors.page(rows, limit, lambda row: (row.tenant_id,))

    async def delete(self, tenant_id: str) -> None:
        await self.get(tenant_id)
        del self.known[tenant_id]


class FakeKeyStore:
    """See access_ports.KeyStore."""

    def __init__(self, tenants: FakeTenantStore) -> None:
        self._tenants = tenants
        self._keys: dict[str, Key] = {}

    async def add(self, tenant: str, draft: KeyDraft, digest: str, prefix: str) -> Key:
        await self._tenants.get(tenant)
        self._keys[digest] = Key(
            tenant,
            str(uuid4()),
            prefix,
            draft.name,
            draft.scopes,
            draft.collections,
            datetime.now(UTC),
            draft.expires_at,
            revoked_at=None,
            last_used_at=None,
        )
        return self._keys[digest]

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Key]:
        before = cursors.newest_first(cursor)
        rows = [key for key in reversed(self._keys.values()) if key.tenant == tenant and _place(key) < before]
        return cursors.page(sorted(rows, key=_place, reverse=True), limit, _place)

    async def get(self, tenant: str, key_id: str) -> Key:
        return self._keys[self._digest(tenant, key_id)]

    async def revoke(self, tenant: str, key_id: str) -> None:
        found = self._digest(tenant, key_id)
        key = self._keys[found]
        self._keys[found] = replace(key, revoked_at=key.revoked_at or datetime.now(UTC))

    async def find(self, digest: str) -> Key | None:
        found = self._keys.get(digest)
        if found and found.revoked_at is None:
            self._keys[digest] = replace(found, last_used_at=datetime.now(UTC))
        return found

    def _digest(self, tenant: str, key_id: str) -> str:
        for digest, key in self._keys.items():
            if (key.tenant, key.key_id) == (tenant, key_id):
                return digest
        raise KeyNotFound


class FakeTokenUses:
    """See access_ports.TokenUses."""

    def __init__(self) -> None:
        self._uses: dict[tuple[str, str], int] = {}

    async def count(self, tenant: str, token_id: str, most: int, until: datetime) -> bool:
        used = self._uses.get((tenant, token_id), 0)
        self._uses[tenant, token_id] = min(used + 1, most)
        return used < most

    async def forget_expired(self) -> None:
        """What is in memory is soon forgotten anyway."""


def _place(key: Key) -> tuple[str, str]:
    return key.created_at.isoformat(), key.key_id
