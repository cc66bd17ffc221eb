"""Events for the operator: to a queue as JSON, to a topic as a sentence."""

import json
from dataclasses import dataclass

from app.aws.account import Account
from app.domain.events import EventKind
from app.domain.webhooks import Parcel

SUBJECT = "svc-face-recon: something needs a look"
TEXT_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class ToQueue:
    """See event_ports.Carrier. A queue whose name ends in .fifo has each event once, a gallery's in their order."""

    account: Account
    url: str

    async def carry(self, parcel: Parcel) -> None:
        """Raises Unavailable."""
        told = {"id": parcel.event_id, "tenant": parcel.tenant, **parcel.message}
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        await self.account.call("sqs", "send_message", QueueUrl=self.url, MessageBody=body, **self._order(parcel))

    def _order(self, parcel: Parcel) -> dict[str, str]:
        if not self.url.endswith(".fifo"):
            return {}
        group = f"{parcel.tenant}/{parcel.payload.get('gallery_id', '')}"[:128]
        return {"MessageGroupId": group, "MessageDeduplicationId": parcel.event_id}


@dataclass(frozen=True, slots=True)
class ToTopic:
    """See event_ports.Carrier. For people: it is mailed, or sent as a text message."""

    account: Account
    arn: str

    async def carry(self, parcel: Parcel) -> None:
        """Raises Unavailable."""
        await self.account.call(
            "sns", "publish", TopicArn=self.arn, Subject=SUBJECT, Message=sentence(parcel)[:TEXT_LENGTH]
        )


def sentence(parcel: Parcel) -> str:
    """What failed and why, in a line."""
    if "alert" in parcel.payload:
        return _alarm(parcel)
    said = {name: str(parcel.payload.get(name) or "") for name in ("key", "gallery_id", "kind", "subject", "job_id")}
    if said["key"]:
        what = f"Photo {said['key']} of gallery {said['gallery_id']}"
    else:
        what = f"Job {said['job_id']} ({said['kind']} {said['subject']})"
    return f"{what} failed for good: {parcel.payload.get('detail')} [{parcel.payload.get('code')}]"


def _alarm(parcel: Parcel) -> str:
    over = "It is over: " if parcel.kind is EventKind.ALERT_CLEARED else ""
    return f"{over}{parcel.payload.get('detail')} [{parcel.payload.get('alert')}]"
