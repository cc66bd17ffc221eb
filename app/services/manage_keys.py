"""Give keys and tokens out, and take them back."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.access_ports import KeyStore, TenantStore, UploadTokens
from app.domain.access import Caller, Scope
from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import Conflict, Forbidden
from app.domain.keys import SHOWN, Grant, Key, KeyDraft, digest, new_key
from app.services.authenticate import Authenticate


@dataclass(frozen=True, slots=True)
class ManageKeys:
    keys: KeyStore
    tenants: TenantStore
    uploads: UploadTokens
    authenticate: Authenticate

    async def make(self, caller: Caller, draft: KeyDraft) -> tuple[Key, str]:
        """A new key of the caller's tenant, and its text, which nobody has again. Raises Forbidden, TenantNotFound."""
        draft.require_within(caller)
        text = new_key()
        return await self.keys.add(caller.tenant, draft, digest(text), text[:SHOWN]), text

    async def revoke(self, tenant: str, key_id: str) -> None:
        """In force here at once, in other processes within Remember.SECONDS. Raises KeyNotFound."""
        await self.keys.revoke(tenant, key_id)
        self.authenticate.forget()

    async def delete_tenant(self, tenant_id: str) -> None:
        """With all that is theirs. Raises TenantNotFound, and Conflict for the one that is always there."""
        if tenant_id == DEFAULT_TENANT:
            msg = f"The tenant {DEFAULT_TENANT} is always there; delete its collections and galleries instead."
            raise Conflict(msg)
        await self.tenants.delete(tenant_id)
        self.authenticate.forget()

    def upload_token(
        self, caller: Caller, scope: Scope, collection: str, *, member_id: str, seconds: int, uses: int | None
    ) -> tuple[Grant, str]:
        """A token for an app, never for more than the caller may. Raises Forbidden."""
        if caller.sends:
            msg = f"{caller.name} cannot ask for another."
            raise Forbidden(msg)
        caller.require(scope)
        caller.require_collection(collection)
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
        if caller.expires_at:
            until = min(until, caller.expires_at)
        grant = Grant(str(uuid.uuid4()), caller.tenant, scope, collection, member_id, uses, until)
        return grant, self.uploads.sign(grant)
