"""What answers about whole folders look like."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from app.api.gallery_schemas import FailureOut
from app.api.schemas import Out
from app.domain.items import Item, ItemState
from app.domain.jobs import JobState


class BegunOut(Out):
    job_id: str
    status: JobState
    status_url: str


class ItemOut(Out):
    item_id: str
    key: str = Field(description="The object's key; where faces are embedded anew, the face's id.")
    member_id: str
    status: ItemState
    attempts: int
    error: FailureOut | None

    @classmethod
    def of(cls, item: Item) -> "ItemOut":
        return cls(
            item_id=item.item_id,
            key=item.key,
            member_id=item.member_id,
            status=item.state,
            attempts=item.attempts,
            error=FailureOut.of(item.error),
        )


class ItemsOut(Out):
    items: list[ItemOut]
    next_cursor: str

    @classmethod
    def of(cls, items: Sequence[Item], next_cursor: str) -> "ItemsOut":
        return cls(items=[ItemOut.of(item) for item in items], next_cursor=next_cursor)


class EvaluationOut(Out):
    """report: as `python -m app evaluate` writes it to report.json, and the points of the ROC curve."""

    job_id: str
    report: dict[str, Any]
    plot_urls: dict[str, str]
    report_url: str = Field(description="All of it as a page.")
