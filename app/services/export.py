"""Hand out all that is held of somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.erasure import Json, Subject
from app.person_ports import ExportStore


@dataclass(frozen=True, slots=True)
class Exported:
    """parts: what is held, by what it is."""

    subject: Subject
    parts: Mapping[str, Sequence[Json]]
    exported_at: datetime


@dataclass(frozen=True, slots=True)
class Export:
    store: ExportStore

    async def __call__(self, subject: Subject) -> Exported:
        """Raises MemberNotFound."""
        return Exported(subject, await self.store.everything(subject), datetime.now(UTC))
