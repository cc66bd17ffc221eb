"""What the operator is told of, through SQS and SNS as moto has them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.aws.account import Account, Options
from app.aws.publish import ToQueue, ToTopic
from app.domain.errors import Unavailable
from app.domain.events import Channel, EventKind
from app.domain.webhooks import Parcel
from tests.fakes.aws import REGION, Amazon

DEAD = {"gallery_id": "gala", "key": "gala/a.jpg", "code": "no_face", "detail": "No face was found in the picture."}
LOST = {"job_id": "j1", "kind": "index", "subject": "staff", "code": "source_denied", "detail": "Denied."}


def parcel(payload: dict[str, object], channel: Channel = Channel.SQS_FAILURES, event_id: str = "e1") -> Parcel:
    happened = datetime(2026, 5, 4, 10, tzinfo=UTC)
    return Parcel("default", "d1", 0, 0, channel, event_id, EventKind.JOB_FAILED, payload, happened)


async def test_a_queue_is_told_of_an_event_as_json(aws: Amazon, account: Account, queue: str) -> None:
    await ToQueue(account, queue).carry(parcel(dict(DEAD)))

    (body,) = aws.bodies(queue)
    assert json.loads(body) == {
        "id": "e1",
        "tenant": "default",
        "type": "job.failed",
        "timestamp": "2026-05-04T10:00:00Z",
        "data": DEAD,
    }


async def test_a_topic_is_told_that_an_alert_is_raised_and_over(aws: Amazon, account: Account, queue: str) -> None:
    topic = aws.sns.create_topic(Name=f"t-{uuid4()}")["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn(queue))
    raised = parcel(
        {"alert": "source_down", "subject": "r2", "detail": "Nothing could be read from r2 for 121 seconds."}
    )

    for kind in (EventKind.ALERT_RAISED, EventKind.ALERT_CLEARED):
        await ToTopic(account, topic).carry(replace(raised, kind=kind, channel=Channel.SNS_ALERTS))

    assert {json.loads(body)["Message"] for body in aws.bodies(queue)} == {
        "Nothing could be read from r2 for 121 seconds. [source_down]",
        "It is over: Nothing could be read from r2 for 121 seconds. [source_down]",
    }


async def test_a_fifo_queue_has_each_event_once(aws: Amazon, account: Account) -> None:
    queue = aws.queue(f"q-{uuid4()}.fifo", FifoQueue="true")

    for event_id in ("e1", "e1", "e2"):
        await ToQueue(account, queue).carry(parcel(dict(DEAD), event_id=event_id))

    assert [json.loads(body)["id"] for body in aws.bodies(queue)] == ["e1", "e2"]


async def test_a_topic_is_told_in_words(aws: Amazon, account: Account, queue: str) -> None:
    topic = aws.sns.create_topic(Name=f"t-{uuid4()}")["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn(queue))

    for payload in (DEAD, LOST):
        await ToTopic(account, topic).carry(parcel(dict(payload), Channel.SNS_ALERTS))

    said = {json.loads(body)["Message"] for body in aws.bodies(queue)}
    assert said == {
        "Photo gala/a.jpg of gallery gala failed for good: No face was found in the picture. [no_face]",
        "Job j1 (index staff) failed for good: Denied. [source_denied]",
    }


async def test_a_queue_that_is_not_there_may_come(aws: Amazon, account: Account) -> None:
    with pytest.raises(Unavailable, match="NonExistentQueue"):
        await ToQueue(account, f"{aws.url}/123456789012/nothing").carry(parcel(dict(DEAD)))


async def test_aws_that_is_away_may_come_back(aws: Amazon) -> None:
    away = Account(Options(REGION, "http://127.0.0.1:9"))

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        await ToQueue(away, "http://127.0.0.1:9/1/q").carry(parcel(dict(DEAD)))


async def test_without_keys_nothing_is_lost(aws: Amazon, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")

    with pytest.raises(Unavailable, match="NoCredentials"):
        await ToQueue(Account(Options(REGION, aws.url)), queue).carry(parcel(dict(DEAD)))
