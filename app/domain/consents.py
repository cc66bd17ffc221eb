"""On what basis somebody's face may be kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LegalBasis(StrEnum):
    """Why the law lets a face be kept: LGPD art. 7 and 11, GDPR art. 6(1) and 9(2)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    EMPLOYMENT = "employment"
    LEGAL_CLAIMS = "legal_claims"
    FRAUD_PREVENTION = "fraud_prevention"
    HEALTH = "health"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """What a caller says. given_at: None for now. expires_at: None for never. evidence: where it is written down."""

    basis: LegalBasis
    purpose: str
    given_at: datetime | None = None
    expires_at: datetime | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """As it is kept. is_valid: it has begun, and neither ended nor been withdrawn."""

    consent_id: str
    basis: LegalBasis
    purpose: str
    given_at: datetime
    expires_at: datetime | None
    evidence: str
    withdrawn_at: datetime | None
    created_at: datetime
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """faces_deleted: those of the member, where no other consent was valid."""

    consent: Consent
    faces_deleted: int
