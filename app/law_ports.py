"""What keeping to the law needs of the world. Protocols only: no code runs here."""

from collections.abc import Collection, Sequence
from typing import Protocol

from app.domain.audit import Book, Deed, Line, Wanted
from app.domain.collections import CollectionRef
from app.domain.consents import Consent, ConsentDraft, Withdrawal
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


class ConsentStore(Protocol):
    """On what basis faces are kept. Where a collection requires it, none is kept of a member without a valid one."""

    async def give(self, ref: CollectionRef, member_id: str, draft: ConsentDraft) -> Consent:
        """Keep it, and make the member if need be. The same consent is kept once. Raises CollectionNotFound."""
        ...

    async def page(self, ref: CollectionRef, member_id: str, cursor: str, limit: int) -> Page[Consent]:
        """Newest first. Raises MemberNotFound, and InvalidRequest for a cursor that is none of ours."""
        ...

    async def withdraw(self, ref: CollectionRef, member_id: str, consent_id: str) -> Withdrawal:
        """From here on it is not valid; where no other is, the member's faces go in the same transaction.

        Raises ConsentNotFound.
        """
        ...


class Sightings(Protocol):
    """The last day on which each member was recognised."""

    async def seen(self, ref: CollectionRef, member_ids: Collection[str]) -> None:
        """They were, today. Said again on the same day it costs nothing; those who are not there are passed over."""
        ...


class RetentionStore(Protocol):
    """Whose time is over, by the rules of their collection and by their consents."""

    async def collections(self) -> Sequence[CollectionRef]:
        """Those in which somebody may be, of all tenants."""
        ...

    async def drop(self, ref: CollectionRef, limit: int) -> Sequence[str]:
        """Delete the faces of so many at most, who stay as members; who they are."""
        ...
