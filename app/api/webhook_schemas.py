"""What answers about webhooks look like."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.api.schemas import Out
from app.domain.events import EventKind
from app.domain.webhooks import Delivery, DeliveryState, Webhook


class WebhookOut(Out):
    webhook_id: str
    url: str
    events: list[EventKind]
    gallery_id: str = Field(description="Told of that gallery only; empty: of all.")
    created_at: datetime
    updated_at: datetime


class PutWebhookOut(WebhookOut):
    secret: str = Field(description="What events are signed with: in the answer that made or changed it only.")

    @classmethod
    def of(cls, webhook: Webhook, secret: str) -> "PutWebhookOut":
        return cls(**WebhookOut.model_validate(webhook).model_dump(), secret=secret)


class WebhooksOut(Out):
    webhooks: list[WebhookOut]
    next_cursor: str


class DeliveryOut(Out):
    """An event on its way to a webhook. event_id is the `webhook-id` that the receiver is shown, at each attempt."""

    delivery_id: str
    event_id: str
    type: EventKind
    data: dict[str, Any]
    state: DeliveryState
    attempts: int
    response_status: int | None = Field(description="Of the last answer; null where there was none.")
    error: str = Field(description="Why the last attempt failed; empty where it did not.")
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        return cls(
            delivery_id=delivery.delivery_id,
            event_id=delivery.event_id,
            type=delivery.kind,
            data=dict(delivery.payload),
            state=delivery.state,
            attempts=delivery.attempts,
            response_status=delivery.status,
            error=delivery.error,
            next_attempt_at=delivery.due_at,
            created_at=delivery.created_at,
            finished_at=delivery.finished_at,
        )


class DeliveriesOut(Out):
    deliveries: list[DeliveryOut]
    next_cursor: str


class RedeliveredOut(Out):
    webhook_id: str
    redelivered: int
