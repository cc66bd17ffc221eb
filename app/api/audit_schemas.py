"""The audit log as it is asked for and answered."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, Field

from app.api import problems
from app.api.fields import CollectionName, Identifier
from app.api.schemas import Out
from app.domain.audit import Anchor, Verdict, Wanted

Hash = Field(
    description="SHA-256, in hex.", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
)


class LineOut(Out):
    """See docs/audit.md for how the hashes are made. The keys are those that the hash is over, and itself."""

    tenant: str
    sequence: int = Field(description="From 1, without gaps.")
    at: str = Field(examples=["2026-11-26T09:30:00.000000+00:00"])
    actor: str = Field(examples=["The key fk_live_Zt3kQ1…"])
    action: str = Field(description="The operation's id.", examples=["EnrollFace"])
    collection: str
    subjects: list[str] = Field(description="Whom it was about, and who was found: HMAC-SHA256 of each member's id.")
    target: str = Field(description="What else it was about: other ids of the path.")
    request_id: str
    status: int = Field(description="Of the answer; 0 for what was not asked over HTTP.")
    outcome: str = Field(description="done, or the code of the problem.", examples=["done"])
    previous: str = Field(description="The hash of the line before; empty in the first.")
    hash: str = Hash


class AnchorOut(Out):
    sequence: int
    hash: str = Hash


class AuditOut(Out):
    entries: list[LineOut]
    next_cursor: str


class VerdictOut(Out):
    """head: keep it elsewhere, and verify from there later. start: where this began."""

    whole: bool
    checked: int = Field(description="Lines that were held against each other.")
    start: AnchorOut
    head: AnchorOut
    broken_at: int = Field(description="The first line that is not as it was; 0 where all are.")
    why: str

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictOut":
        return cls(
            whole=verdict.is_whole,
            checked=verdict.checked,
            start=AnchorOut.model_validate(verdict.start),
            head=AnchorOut.model_validate(verdict.head),
            broken_at=verdict.broken_at,
            why=verdict.why,
        )


def wanted(
    since: Annotated[AwareDatetime | None, Query(description="From when on, with a time zone.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Until when, excluded, with a time zone.")] = None,
    actor: Annotated[str, Query(max_length=255, description="A part of it, e.g. how a key begins.")] = "",
    action: Annotated[str, Query(max_length=255, description="An operation's id.")] = "",
    collection: Annotated[CollectionName | None, Query()] = None,
    member_id: Annotated[
        Identifier | None, Query(description="Only what was about that member, or found them.")
    ] = None,
) -> Wanted:
    return Wanted(since, until, actor, action, collection or "", member_id or "")


def anchor(
    sequence: Annotated[int | None, Query(ge=1, description="Number of a line that you know.")] = None,
    digest: Annotated[
        str, Query(alias="hash", pattern="^([0-9a-f]{64})?$", description="The hash of that line, as you know it.")
    ] = "",
) -> Anchor | None:
    """Raises InvalidRequest for half an anchor."""
    if (sequence is None) != (not digest):
        raise problems.invalid([{"field": "hash", "message": "an anchor is a sequence and its hash"}])
    return Anchor(sequence, digest) if sequence is not None else None
