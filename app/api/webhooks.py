"""Who is told of what happens here, and whether that arrived."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.webhook_fields import WebhookId, WebhookPut
from app.api.webhook_schemas import (
    DeliveriesOut,
    DeliveryOut,
    PutWebhookOut,
    RedeliveredOut,
    WebhookOut,
    WebhooksOut,
)
from app.domain.access import Scope
from app.domain.webhooks import DeliveryState, WebhookRef

router = APIRouter(prefix="/webhooks", tags=["webhooks"], responses=problems.RESPONSES)

EVENTS = needs(Scope.EVENTS)


def _webhook(tenant: deps.Tenant, webhook_id: Annotated[WebhookId, Path()]) -> WebhookRef:
    return WebhookRef(tenant, webhook_id)


Which = Annotated[WebhookRef, Depends(_webhook)]


@router.get("", operation_id="ListWebhooks", dependencies=[EVENTS])
async def list_webhooks(
    tenant: deps.Tenant, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100
) -> WebhooksOut:
    """All webhooks, by id. Those of galleries are called gallery.{gallery_id}."""
    page = await use.webhooks.page(tenant, cursor, limit)
    found = [WebhookOut.model_validate(item) for item in page.items]
    return WebhooksOut(webhooks=found, next_cursor=page.next_cursor)


@router.put("/{webhook_id}", operation_id="PutWebhook", dependencies=[EVENTS], openapi_extra=body_of(WebhookPut))
async def put_webhook(
    ref: Which, use: deps.Use, body: Annotated[WebhookPut, Depends(reader(WebhookPut))]
) -> PutWebhookOut:
    """Make a webhook, or change it to what is sent. Keep the secret of the answer: it is not shown again."""
    return PutWebhookOut.of(*await use.webhooks.put(ref, body.draft()))


@router.get("/{webhook_id}", operation_id="GetWebhook", dependencies=[EVENTS])
async def get_webhook(ref: Which, use: deps.Use) -> WebhookOut:
    """One webhook."""
    return WebhookOut.model_validate(await use.webhooks.get(ref))


@router.delete("/{webhook_id}", status_code=204, operation_id="DeleteWebhook", dependencies=[EVENTS])
async def delete_webhook(ref: Which, use: deps.Use) -> Response:
    """Tell it nothing more. What is on its way is dropped."""
    await use.webhooks.delete(ref)
    return Response(status_code=204)


@router.get("/{webhook_id}/deliveries", operation_id="ListDeliveries", dependencies=[EVENTS])
async def list_deliveries(
    ref: Which,
    use: deps.Use,
    state: Annotated[DeliveryState | None, Query()] = None,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> DeliveriesOut:
    """What it was told, newest first, and whether that arrived."""
    page = await use.deliveries.page(ref, cursor, limit, state=state)
    return DeliveriesOut(deliveries=[DeliveryOut.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=202, operation_id="Redeliver", dependencies=[EVENTS]
)
async def redeliver(ref: Which, use: deps.Use, delivery_id: Annotated[str, Path(max_length=64)]) -> DeliveryOut:
    """Tell it the same event again, whether it arrived or not."""
    return DeliveryOut.of(await use.deliveries.redeliver(ref, delivery_id))


@router.post("/{webhook_id}/redeliver", status_code=202, operation_id="RedeliverFailed", dependencies=[EVENTS])
async def redeliver_failed(ref: Which, use: deps.Use) -> RedeliveredOut:
    """Try at once all that failed or waits to be tried again, as after the receiver was mended."""
    count = await use.deliveries.redeliver_failed(ref)
    return RedeliveredOut(webhook_id=ref.webhook_id, redelivered=count)


@router.post("/{webhook_id}/test", status_code=202, operation_id="TestWebhook", dependencies=[EVENTS])
async def test_webhook(ref: Which, use: deps.Use) -> DeliveryOut:
    """Send it an event of the type ping."""
    return DeliveryOut.of(await use.deliveries.ping(ref))
