"""Find out who calls, by what they show."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest

from app.access_ports import KeyStore, TenantStore, TokenUses, UploadTokens, UserTokens
from app.domain.access import Caller, Scope
from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import KeyUnknown, TenantNotFound, TokenInvalid, TokenSpent, Unauthorized
from app.domain.keys import KEY_PREFIX, TOKEN_PREFIX, Key, Tenant, digest
from app.services.remember import Remember

OPERATOR, NEIGHBOUR = "The admin token", "This machine"
DOTS_OF_A_JWT = 2


@dataclass(frozen=True, slots=True)
class Authenticate:
    """admin_token: "" where there is none. Then nobody has to show anything, and `app.serve` lets in loopback only.

    users: None where nobody else's tokens are trusted. Keys and tenants are looked up once in Remember.SECONDS.
    """

    admin_token: str = field(repr=False)
    tenants: TenantStore
    keys: KeyStore
    uploads: UploadTokens
    uses: TokenUses
    users: UserTokens | None = None
    _keys: Remember[tuple[Key | None]] = field(default_factory=Remember)
    _tenants: Remember[Tenant] = field(default_factory=Remember)

    async def __call__(self, shown: str, tenant: str) -> Caller:
        """shown: a key or a token, "" for none. tenant: for whom, "" for the caller's own.

        Raises Unauthorized, and TenantNotFound where the caller may not speak for that tenant.
        """
        if not shown and self.admin_token:
            raise Unauthorized
        if not shown or self._is_operator(shown):
            return await self._operator(OPERATOR if shown else NEIGHBOUR, tenant or DEFAULT_TENANT)
        caller = await self._caller(shown)
        if tenant not in ("", caller.tenant):
            raise TenantNotFound
        return caller

    def forget(self) -> None:
        """Look everything up anew: a key was revoked, or a tenant deleted, in this process."""
        self._keys.forget()
        self._tenants.forget()

    def _is_operator(self, shown: str) -> bool:
        return bool(self.admin_token) and compare_digest(shown.encode(), self.admin_token.encode())

    async def _operator(self, name: str, tenant: str) -> Caller:
        if tenant != DEFAULT_TENANT:
            await self._tenants.get(tenant, self.tenants.get)
        return Caller(name, tenant, frozenset(Scope))

    async def _caller(self, shown: str) -> Caller:
        if shown.startswith(KEY_PREFIX):
            return await self._of_key(shown)
        if shown.startswith(TOKEN_PREFIX):
            return await self._of_upload(shown)
        if self.users and shown.count(".") == DOTS_OF_A_JWT:
            return await self._of_user(self.users, shown)
        raise KeyUnknown

    async def _of_key(self, shown: str) -> Caller:
        async def find(of: str) -> tuple[Key | None]:
            return (await self.keys.find(of),)

        (key,) = await self._keys.get(digest(shown), find)
        if key is None:
            raise KeyUnknown
        return key.caller(datetime.now(UTC))

    async def _of_upload(self, shown: str) -> Caller:
        grant = self.uploads.read(shown)
        await self._known(grant.tenant)
        if grant.uses is not None:
            counted = await self.uses.count(grant.tenant, grant.token_id, grant.uses, grant.expires_at)
            if not counted:
                raise TokenSpent
        return grant.caller()

    async def _of_user(self, users: UserTokens, shown: str) -> Caller:
        caller = await users.caller(shown)
        await self._known(caller.tenant)
        return caller

    async def _known(self, tenant: str) -> None:
        """Raises TokenInvalid for a token of a tenant that is not (any more)."""
        try:
            await self._tenants.get(tenant, self.tenants.get)
        except TenantNotFound:
            raise TokenInvalid from None
