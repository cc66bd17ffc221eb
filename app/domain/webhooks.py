"""Who is told of what happens, and every time that somebody is told."""

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from app.domain.events import HAPPENINGS, Channel, EventKind

SECRET_PREFIX = "whsec_"  # noqa: S105 - how the text of every secret begins
SECRET_BYTES = range(24, 65)
"""How long a secret may be: Standard Webhooks 1.0, «Signature scheme», symmetric keys."""
OF_GALLERY = "gallery."
"""How the id of the webhook that a gallery itself has begins."""


def new_secret() -> str:
    """256 bits of chance, as Standard Webhooks writes them."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Tell whether others can use it as a secret too: the prefix, then 24–64 bytes of base64.

    >>> is_secret(new_secret()), is_secret("whsec_c2hvcnQ=")
    (True, False)
    """
    try:
        key = b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(SECRET_PREFIX) and len(key) in SECRET_BYTES


@dataclass(frozen=True, slots=True)
class WebhookRef:
    """Which webhook, and whose."""

    tenant: str
    webhook_id: str


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """What a caller says of a webhook. gallery_id: told of that gallery only, "" is all of them.

    secret: to sign with from here on; "" keeps the one there is, or makes one where there is none or `rotate` is set.
    """

    url: str
    events: tuple[EventKind, ...] = HAPPENINGS
    gallery_id: str = ""
    secret: str = field(default="", repr=False)
    rotate: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    webhook_id: str
    url: str
    events: tuple[EventKind, ...]
    gallery_id: str
    created_at: datetime
    updated_at: datetime


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to a webhook. attempts: made. status: of the last answer, None where there was none.

    error: why the last attempt failed, "" where none did. due_at: when it is tried next, None where it is not.
    """

    delivery_id: str
    event_id: str
    kind: EventKind
    payload: Mapping[str, object]
    state: DeliveryState
    attempts: int
    status: int | None
    error: str
    due_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event in the hands of a worker. turn: which of the delivery's attempts this is; what comes late is refused.

    attempts: that failed before. webhook_id, url, secret: "" where it does not go to a webhook.
    """

    tenant: str
    delivery_id: str
    turn: int
    attempts: int
    channel: Channel
    event_id: str
    kind: EventKind
    payload: Mapping[str, object]
    happened_at: datetime
    webhook_id: str = ""
    url: str = ""
    secret: str = field(default="", repr=False)

    @property
    def receiver(self) -> str:
        """Who is told: the same text for the same receiver."""
        return f"{self.channel}/{self.tenant}/{self.webhook_id}" if self.webhook_id else str(self.channel)

    @property
    def message(self) -> dict[str, object]:
        """What is told: type, timestamp (RFC 3339, UTC) and data, as Standard Webhooks has it."""
        happened = self.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"type": str(self.kind), "timestamp": happened, "data": dict(self.payload)}
