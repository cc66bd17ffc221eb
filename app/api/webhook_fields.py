"""What may stand in the requests about webhooks."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from app.api.fields import Body, plain_text
from app.domain.events import HAPPENINGS, EventKind
from app.domain.webhooks import WebhookDraft, is_secret

WebhookId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=220,
        pattern=r"^[a-zA-Z0-9_.\-]+$",
        description="Your own id of the webhook.",
        examples=["crm"],
    ),
]


def _address(text: str) -> str:
    """An address that something may be sent to; whether it will be is known when its name is looked up."""
    parts = urlsplit(plain_text(text))
    if not parts.hostname or parts.username or parts.password:
        msg = "an http or https address with a host, without a user name"
        raise ValueError(msg)
    return text


class WebhookPut(Body):
    url: Annotated[
        str,
        Field(max_length=2048, pattern=r"^https?://\S+$", description="Where events are sent: https, public."),
        AfterValidator(_address),
    ] = Field(examples=["https://example.com/face-events"])
    events: list[EventKind] = Field(
        list(HAPPENINGS), min_length=1, description="What it is told of; all of these unless said."
    )
    gallery_id: str = Field("", max_length=200, pattern=r"^[a-zA-Z0-9_.\-]*$", description="Told of this gallery only.")
    secret: SecretStr = Field(
        SecretStr(""), description="To sign with: whsec_ and 24–64 bytes of base64. Made where none is sent."
    )
    rotate_secret: bool = Field(default=False, description="Make a new secret; the answer has it.")

    @field_validator("events")
    @classmethod
    def _can_be_wanted(cls, events: list[EventKind]) -> list[EventKind]:
        if EventKind.PING in events:
            msg = "ping is sent on demand, by POST …/test"
            raise ValueError(msg)
        return events

    @field_validator("secret")
    @classmethod
    def _can_be_used(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not is_secret(secret.get_secret_value()):
            msg = "whsec_ and then base64 of 24 to 64 bytes"
            raise ValueError(msg)
        return secret

    def draft(self) -> WebhookDraft:
        events = tuple(dict.fromkeys(self.events))
        return WebhookDraft(self.url, events, self.gallery_id, self.secret.get_secret_value(), self.rotate_secret)
