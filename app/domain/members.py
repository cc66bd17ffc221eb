"""People known by the caller's own ids, and the faces kept of them."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from app.domain.consents import ConsentDraft
from app.domain.faces import Box

Metadata = Mapping[str, object]
T = TypeVar("T")

LONGEST_ID = 255
"""Characters."""


def wrong_with_id(text: str) -> str:
    """Why a text cannot be a member's id, "" where it can.

    >>> wrong_with_id("ana 7"), wrong_with_id(" ana")
    ('', 'an id has no slashes and no space at its ends')
    """
    if not 0 < len(text) <= LONGEST_ID:
        return f"an id has 1 to {LONGEST_ID} characters"
    if text in (".", "..") or "/" in text or "\\" in text or text != text.strip():
        return "an id has no slashes and no space at its ends"
    return wrong_with_text(text)


def wrong_with_text(text: str) -> str:
    """Why a text cannot be kept everywhere, "" where it can: control characters and lone surrogates."""
    odd = any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
    return "control characters are not allowed" if odd else ""


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """What an enrolment says of a member. None leaves what is kept as it is. consent: to be written down first."""

    member_id: str
    name: str | None = None
    metadata: Metadata | None = None
    consent: ConsentDraft | None = None


@dataclass(frozen=True, slots=True)
class Member:
    member_id: str
    name: str
    metadata: Metadata
    faces: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an enrolled face came from. digest: SHA-256 of the picture, in hex; source: never a signed address."""

    digest: str
    source: str


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face as it is kept, without its embedding."""

    face_id: str
    member_id: str
    box: Box
    det_score: float
    quality: float
    source: str
    model: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member found by a search, by the best of their faces. similarity, raw_similarity: see Likeness."""

    member_id: str
    name: str
    face_id: str
    similarity: float
    raw_similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of a listing. next_cursor is "" on the last page."""

    items: tuple[T, ...] = field(default_factory=tuple)
    next_cursor: str = ""
