"""What answers say of consents."""

from datetime import datetime

from pydantic import Field

from app.api.schemas import Out
from app.domain.consents import LegalBasis


class ConsentOut(Out):
    consent_id: str
    basis: LegalBasis
    purpose: str
    given_at: datetime
    expires_at: datetime | None
    evidence: str
    withdrawn_at: datetime | None
    created_at: datetime
    is_valid: bool = Field(description="It has begun, and neither ended nor been withdrawn.")


class ConsentsOut(Out):
    consents: list[ConsentOut]
    next_cursor: str


class WithdrawalOut(ConsentOut):
    faces_deleted: int = Field(description="Of the member: all, unless another consent is valid.")
