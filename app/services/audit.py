"""Write down who does what, and tell whether what was written down is all there."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app.domain.audit import Anchor, Chain, Deed, Line, Verdict, Wanted
from app.domain.errors import Conflict
from app.law_ports import AuditStore

PAGE = 1000


@dataclass(slots=True)
class Sheet:
    """Deeds that are written down together. done: when they are."""

    deeds: list[Deed] = field(default_factory=list)
    done: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """One transaction at a time writes for a tenant in this process; what comes meanwhile is written by the next.

    So that many calls at once cost few transactions, and no caller waits longer than for two of them.
    """

    store: AuditStore
    _open: dict[str, Sheet] = field(default_factory=dict, init=False)
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock), init=False)

    async def enter(self, tenant: str, deed: Deed) -> None:
        """Return when it is kept, whoever cancels the caller. Raises DatabaseUnavailable."""
        sheet = self._open.get(tenant)
        if sheet is None:
            sheet = self._open[tenant] = Sheet()
            sheet.done = asyncio.create_task(self._write(tenant, sheet))
        sheet.deeds.append(deed)
        assert sheet.done
        await asyncio.shield(sheet.done)

    async def every(self, tenant: str, cursor: str, wanted: Wanted) -> AsyncIterator[Line]:
        """All lines that are wanted, from the cursor on."""
        while True:
            page = await self.store.page(tenant, cursor, PAGE, wanted)
            for line in page.items:
                yield line
            cursor = page.next_cursor
            if not cursor:
                return

    async def verify(self, tenant: str, anchor: Anchor | None = None) -> Verdict:
        """Hold all lines against each other. anchor: one that was kept elsewhere, to begin with.

        Raises Conflict where that line was pruned since.
        """
        book = await self.store.book(tenant)
        if anchor and anchor.sequence < book.kept.sequence:
            msg = f"The lines up to {book.kept.sequence} were pruned; verify from there, or from a later anchor."
            raise Conflict(msg)
        start = anchor or book.kept
        chain, at = Chain(start), start.sequence
        while at < book.head.sequence and chain.is_whole:
            lines = await self.store.after(tenant, at, min(PAGE, book.head.sequence - at))
            for line in lines:
                chain.add(line)
            if not lines or lines[-1].sequence >= book.head.sequence:
                break
            at = lines[-1].sequence
        return chain.end(book.head)

    async def _write(self, tenant: str, sheet: Sheet) -> None:
        async with self._turns[tenant]:
            del self._open[tenant]
            await self.store.append(tenant, sheet.deeds)
