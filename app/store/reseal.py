"""Seal every secret that is kept with the first key, so that the others can be done without."""

from dataclasses import dataclass
from typing import LiteralString

from app.store import sql
from app.store.pool import Pool, everybody
from app.store.seal import Seal

QUERIES = sql.load(__file__)


@dataclass(frozen=True, slots=True)
class Kind:
    """Secrets of one table. what: the first word of their owners. listed: tenant, id and secret of each."""

    what: str
    listed: LiteralString
    kept: LiteralString


KINDS = (
    Kind("webhook", QUERIES["list_webhook_secrets"], QUERIES["reseal_webhook"]),
    Kind("audit_key", QUERIES["list_audit_keys"], QUERIES["reseal_audit_key"]),
    Kind("access_key", QUERIES["list_access_key_secrets"], QUERIES["reseal_access_key"]),
)


async def reseal(pool: Pool, seal: Seal) -> int:
    """How many had to be, of all tenants. All or none. Raises SecretUnreadable, EncryptionKeyMissing."""
    count = 0
    async with everybody(pool) as conn:
        for kind in KINDS:
            for tenant, ident, kept in await (await conn.execute(kind.listed)).fetchall():
                if not seal.is_current(kept):
                    owner = (kind.what, tenant, ident)
                    secret = seal.sealed(seal.opened(kept, *owner), *owner)
                    await conn.execute(kind.kept, {"tenant": tenant, "id": ident, "secret": secret})
                    count += 1
    return count
