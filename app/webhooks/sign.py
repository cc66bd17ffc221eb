"""The headers by which a receiver knows that an event is ours and was not changed on the way."""

from datetime import datetime

from standardwebhooks import Webhook

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def signed(secret: str, event_id: str, body: str, now: datetime) -> dict[str, str]:
    """Headers after Standard Webhooks 1.0. now: in UTC; receivers refuse what was signed minutes ago.

    The id is the event's and not the attempt's, so that a receiver can tell what it was told before.
    """
    return {
        ID: event_id,
        TIMESTAMP: str(int(now.timestamp())),
        SIGNATURE: Webhook(secret).sign(event_id, now, body),
    }
