"""What watching for people needs of the world. Protocols only: no code runs here."""

from typing import Protocol

from app.domain.blacklist import Entry, EntryDraft, Hit
from app.domain.collections import CollectionRef
from app.domain.members import Page
from app.domain.processed import History, Looked, ProcessedImage


class BlacklistStore(Protocol):
    """The entries of blacklists. Their faces are those of members, and are kept, listed and deleted as such."""

    async def add(self, ref: CollectionRef, draft: EntryDraft) -> Entry:
        """Raises Conflict where there is one of that id, CollectionNotFound where there is no such blacklist."""
        ...

    async def get(self, ref: CollectionRef, entry_id: str) -> Entry:
        """Raises EntryNotFound."""
        ...

    async def page(self, ref: CollectionRef, cursor: str, limit: int, *, in_force: bool | None) -> Page[Entry]:
        """By id."""
        ...

    async def update(self, ref: CollectionRef, draft: EntryDraft) -> Entry:
        """Metadata is replaced as a whole. Raises EntryNotFound."""
        ...

    async def out_of_force(self, ref: CollectionRef) -> frozenset[str]:
        """The ids of those that are not to be matched."""
        ...

    async def hits(self, ref: CollectionRef, entry_id: str, cursor: str, limit: int, *, review: bool) -> Page[Hit]:
        """Newest first. review: also those for a person to look at. Raises EntryNotFound."""
        ...


class ProcessedStore(Protocol):
    """Pictures that were searched."""

    async def keep(self, ref: CollectionRef, looked: Looked) -> ProcessedImage:
        """Keep it, and tell of those of a blacklist who were found, in one transaction.

        Whoever was deleted from the collection meanwhile was not found.
        """
        ...

    async def get(self, tenant: str, image_id: str) -> ProcessedImage:
        """Raises ImageNotFound."""
        ...

    async def page(self, tenant: str, which: History, cursor: str, limit: int) -> Page[ProcessedImage]:
        """Newest first."""
        ...

    async def delete(self, tenant: str, image_id: str) -> None:
        """With the hits in it. Raises ImageNotFound."""
        ...

    async def forget(self, days: int) -> None:
        """Drop those so old, of all tenants."""
        ...
