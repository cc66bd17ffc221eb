"""The audit log in memory."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.domain.audit import BEGINNING, Anchor, Book, Deed, Line, Wanted, chained, subject
from app.domain.members import Page
from app.store import cursor as cursors

KEY = b"the key of these tests"


class FakeAuditStore:
    """See law_ports.AuditStore."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, list[Line]] = defaultdict(list)
        self._kept: defaultdict[str, Anchor] = defaultdict(lambda: BEGINNING)

    async def append(self, tenant: str, deeds: Sequence[Deed]) -> None:
        last = (await self.book(tenant)).head
        self.lines[tenant] += chained(tenant, last, deeds, KEY)

    async def book(self, tenant: str) -> Book:
        lines, kept = self.lines[tenant], self._kept[tenant]
        return Book(lines[-1].anchor if lines else kept, kept)

    async def page(self, tenant: str, cursor: str, limit: int, wanted: Wanted) -> Page[Line]:
        (after,) = cursors.decode(cursor, 1) if cursor else ("0",)
        rows = [line for line in await self.after(tenant, int(after), 10**9) if _is_wanted(line, wanted)]
        return cursors.page(rows[: limit + 1], limit, lambda line: (str(line.sequence),))

    async def after(self, tenant: str, sequence: int, limit: int) -> Sequence[Line]:
        return [line for line in self.lines[tenant] if line.sequence > sequence][:limit]

    async def prune(self, days: int) -> None:
        cut = datetime.now(UTC) - timedelta(days=days)
        for tenant, lines in list(self.lines.items()):
            old = next((n for n, line in enumerate(lines) if line.at >= cut), len(lines)) if days else 0
            if old:
                self._kept[tenant] = lines[old - 1].anchor
                del lines[:old]
                await self.append(tenant, [Deed("The worker", "PruneAudit", target=f"{old} lines")])


def _is_wanted(line: Line, wanted: Wanted) -> bool:
    return (
        (wanted.since is None or line.at >= wanted.since)
        and (wanted.until is None or line.at < wanted.until)
        and wanted.actor in line.actor
        and wanted.action in ("", line.action)
        and wanted.collection in ("", line.collection)
        and (not wanted.member_id or subject(KEY, wanted.member_id) in line.subjects)
    )
