"""What keeping to the law needs of the world. Protocols only: no code runs here."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.audit import Book, Deed, Line, Wanted
from app.domain.members import Page


class AuditStore(Protocol):
    """A log for each tenant, to which lines are added and of which none is changed. It outlives its tenant."""

    async def append(self, tenant: str, deeds: Sequence[Deed]) -> None:
        """Add them to the end, all or none, whoever else adds some meanwhile."""
        ...

    async def book(self, tenant: str) -> Book: ...

    async def page(self, tenant: str, cursor: str, limit: int, wanted: Wanted) -> Page[Line]:
        """Oldest first. Raises InvalidRequest for a cursor that is none of ours."""
        ...

    async def after(self, tenant: str, sequence: int, limit: int) -> Sequence[Line]:
        """The lines that come after a number, in order."""
        ...

    async def prune(self, days: int) -> None:
        """Drop lines that are older, of all tenants. What is left is still a chain, from where it was cut."""
        ...
