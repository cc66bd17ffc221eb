"""What answers about the blacklist look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.api import problems
from app.api.schemas import BoxOut, FoundOut, Out, Ratio
from app.domain.blacklist import Entry, Hit
from app.domain.errors import FaceReconError
from app.domain.matching import Decision
from app.services.enroll import Enrolled


class EntryOut(Out):
    id: str
    name: str
    reason: str
    metadata: dict[str, Any]
    active: bool
    expires_at: datetime | None = Field(description="Null where it never expires.")
    in_force: bool = Field(description="Whether it is matched now: it is active and has not expired.")
    images: int = Field(description="How many faces are kept.")
    hits: int = Field(description="How many processed images it was found in.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def fields_of(cls, entry: Entry) -> dict[str, Any]:
        kept = ("name", "reason", "metadata", "active", "expires_at", "in_force", "images", "hits")
        fields = {name: getattr(entry, name) for name in (*kept, "created_at", "updated_at")}
        return {"id": entry.entry_id, **fields}

    @classmethod
    def of(cls, entry: Entry) -> "EntryOut":
        return cls(**cls.fields_of(entry))


class EntriesOut(Out):
    entries: list[EntryOut]
    next_cursor: str


class KeptOut(FoundOut):
    face_id: str
    faces_detected: int
    model: str

    @classmethod
    def of(cls, enrolled: Enrolled) -> "KeptOut":
        return cls(
            **cls.fields_of(enrolled.face),
            face_id=enrolled.face_id,
            faces_detected=enrolled.faces_detected,
            model=enrolled.model.name,
        )


class OutcomeOut(Out):
    """What came of one image. index: its place among those that were sent, from 0."""

    index: int
    status: Literal["done", "error"]
    face: KeptOut | None
    error: dict[str, Any] | None = Field(description="A problem as other calls answer with: code, detail and so on.")

    @classmethod
    def of(cls, index: int, outcome: Enrolled | FaceReconError) -> "OutcomeOut":
        if isinstance(outcome, FaceReconError):
            return cls(index=index, status="error", face=None, error=problems.document(outcome))
        return cls(index=index, status="done", face=KeptOut.of(outcome), error=None)


class AddedOut(EntryOut):
    added: int
    failed: int
    results: list[OutcomeOut] = Field(description="One for each image, in the order in which they were sent.")

    @classmethod
    def of(cls, entry: Entry, outcomes: Sequence[Enrolled | FaceReconError] = ()) -> "AddedOut":
        results = [OutcomeOut.of(index, outcome) for index, outcome in enumerate(outcomes)]
        failed = sum(result.status == "error" for result in results)
        return cls(**cls.fields_of(entry), added=len(results) - failed, failed=failed, results=results)


class HitOut(Out):
    """An image that the entry was found in. similarity: cosine, −1…1; distance: 1 − similarity."""

    image_id: str
    source: str
    face_id: str
    similarity: Ratio
    distance: Ratio
    decision: Decision
    box: BoxOut
    created_at: datetime

    @classmethod
    def of(cls, hit: Hit) -> "HitOut":
        return cls(
            image_id=hit.image_id,
            source=hit.source,
            face_id=hit.face_id,
            similarity=hit.similarity,
            distance=1 - hit.similarity,
            decision=hit.decision,
            box=BoxOut.model_validate(hit.box),
            created_at=hit.created_at,
        )


class HitsOut(Out):
    hits: list[HitOut]
    next_cursor: str
