"""What a message of a queue tells of."""

import json

import pytest

from app.aws.notices import notices
from app.domain.errors import InvalidRequest
from app.domain.notices import Named, Removed, Stored


def record(name: str, key: str, **more: object) -> dict[str, object]:
    bucket = {"name": "photos", "arn": "arn:aws:s3:::photos"}
    return {"eventSource": "aws:s3", "eventName": name, "s3": {"bucket": bucket, "object": {"key": key, **more}}}


def message(*records: dict[str, object]) -> str:
    return json.dumps({"Records": records})


def test_an_object_that_was_put_is_named_as_it_is_called() -> None:
    body = message(record("ObjectCreated:Put", "gala/Jos%C3%A9+%26+Ana.jpg", size=7, eTag="abc"))

    assert notices(body) == [Stored("photos", "gala/José & Ana.jpg", "abc", 7)]


def test_all_records_of_a_message_are_read_in_their_order() -> None:
    body = message(
        record("ObjectCreated:CompleteMultipartUpload", "a.jpg", size=1, eTag="x-2"),
        record("ObjectTagging:Put", "b.jpg"),
        record("ObjectRemoved:DeleteMarkerCreated", "c.jpg"),
        record("LifecycleExpiration:Delete", "d.jpg"),
    )

    assert notices(body) == [
        Stored("photos", "a.jpg", "x-2", 1),
        Removed("photos", "c.jpg"),
        Removed("photos", "d.jpg"),
    ]


def test_a_message_that_came_through_a_topic_is_the_same() -> None:
    inner = message(record("ObjectCreated:Put", "a.jpg", size=1, eTag="x"))
    body = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:r:1:t", "Message": inner})

    assert notices(body) == notices(inner) != []


def test_what_s3_sends_to_try_the_queue_tells_of_nothing() -> None:
    body = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos", "RequestId": "1"})

    assert notices(body) == []
    assert notices(json.dumps({"Type": "Notification", "Message": body})) == []


def test_our_own_message_names_a_gallery_and_a_photo() -> None:
    assert notices('{"gallery_id": "123", "key": "a.jpg"}') == [Named("123", "a.jpg")]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "no json",
        "{}",
        '{"gallery_id": "123"}',
        '{"gallery_id": "", "key": ""}',
        '{"Records": [{"eventName": "ObjectCreated:Put"}]}',
        '{"Type": "Notification", "Message": "hello"}',
        '{"Type": "Notification", "Message": "{\\"Type\\": \\"Notification\\", \\"Message\\": \\"{}\\"}"}',
        "[" * 10_000,
    ],
)
def test_what_is_neither_is_refused_without_being_quoted(body: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        notices(body)

    assert "hello" not in str(refused.value)
    assert refused.value.__cause__ is None
