"""What may stand in the requests about the blacklist."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic.json_schema import SkipJsonSchema

from app.api.batch_fields import BatchFields, SomeImages
from app.api.fields import Body, Identifier, MetadataIn, Name, plain_text
from app.domain.blacklist import EntryDraft

NEVER = "never"

Reason = Annotated[
    str,
    Field(max_length=1000, description="Why they are watched for.", examples=["barred until June"]),
    AfterValidator(plain_text),
]
Expiry = Annotated[
    AwareDatetime | Literal["never"],
    Field(description="From when on the entry is no longer matched, with a time zone; never is the default."),
]
Selection = Annotated[
    Literal["single", "largest"], Field(description="single refuses a picture of several faces; largest takes it.")
]


class EntryPatch(Body):
    name: Name | SkipJsonSchema[None] = None
    reason: Reason | SkipJsonSchema[None] = None
    metadata: MetadataIn | SkipJsonSchema[None] = None
    active: Annotated[bool, Field(description="false: kept, and not matched.")] | SkipJsonSchema[None] = None
    expires_at: Expiry | SkipJsonSchema[None] = None

    def draft(self, entry_id: str) -> EntryDraft:
        """What is said of the entry of that id."""
        endless = self.expires_at == NEVER
        expires_at = self.expires_at if isinstance(self.expires_at, datetime) else None
        return EntryDraft(entry_id, self.name, self.reason, self.metadata, self.active, expires_at, endless)


class EntryIn(BatchFields, EntryPatch):
    id: (
        Annotated[Identifier, Field(description="Your own id; one is made where none is sent.")] | SkipJsonSchema[None]
    ) = None
    face_selection: Selection = "single"


class AddImagesIn(SomeImages):
    face_selection: Selection = "single"


class RefreshIn(Body):
    allow_partial: bool = Field(
        default=False,
        description="Use the new model also where some images could not be read again; they are dropped.",
    )
