"""What answers look like to those who ask for all that is held of somebody, or to have it forgotten."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.api.schemas import Out
from app.domain.erasure import Erasure
from app.services.export import Exported

Rows = list[dict[str, Any]]


class ExportOut(Out):
    """A format of its own, but plain JSON: embeddings are lists of numbers, boxes fractions of the upright picture."""

    exported_at: datetime
    collection: str
    member: dict[str, Any] = Field(
        description="member_id, name, metadata, the collection's kind, when, and the last day seen."
    )
    consents: Rows = Field(description="On what basis they are kept, also what ended or was withdrawn.")
    faces: Rows = Field(description="Each with its embedding and model, where it was in the picture, and whence that.")
    photos: Rows = Field(description="Of a gallery, that they are or may be in, with the place of the face.")
    rejections: Rows = Field(description="Places in photos where somebody said that they are not.")
    processed_images: Rows = Field(description="Pictures in which they were found, with what was noted of their face.")
    analyses: Rows = Field(description="Uploads in which they were found. Others who were found are left out.")
    blacklist: Rows = Field(description="Why and until when they are watched for.")
    jobs: Rows = Field(description="Pictures of theirs that jobs read.")
    events: Rows = Field(description="What others were told of them, and who was.")

    @classmethod
    def of(cls, exported: Exported) -> "ExportOut":
        [member] = exported.parts["member"]
        ref = exported.subject.ref
        return cls(**{**exported.parts, "member": member}, collection=ref.name, exported_at=exported.exported_at)


class ErasureOut(Out):
    erasure_id: str
    already_erased: bool = Field(description="Whether it was done before; then the answer is that of the first time.")
    erased_at: datetime
    erased: dict[str, int] = Field(description="Rows that are gone, by what they were.")
    receipt: str = Field(
        description="A JSON Web Signature (EdDSA) over all this and a keyed hash of the id; the keys are at "
        "/.well-known/erasure-keys.json."
    )

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureOut":
        return cls(
            erasure_id=erasure.erasure_id,
            already_erased=erasure.already,
            erased_at=erasure.erased_at,
            erased=dict(erasure.counts),
            receipt=erasure.receipt,
        )


class KeySetOut(Out):
    """As RFC 7517 has it."""

    keys: list[dict[str, str]]
