"""Delete the faces of those whose time is over: consents that ended, and people whom nobody saw for long."""

from dataclasses import dataclass

from app.domain.audit import Deed
from app.law_ports import AuditStore, RetentionStore

MOST = 500
"""Members at once: as many as one transaction should hold."""


@dataclass(frozen=True, slots=True)
class Retain:
    store: RetentionStore
    audit: AuditStore

    async def __call__(self) -> None:
        for ref in await self.store.collections():
            while gone := await self.store.drop(ref, MOST):
                deed = Deed("The worker", "DropOverdueFaces", ref.name, tuple(gone), target=f"{len(gone)} members")
                await self.audit.append(ref.tenant, [deed])
