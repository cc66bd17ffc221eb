"""Messages of SQS become work: a real database, SQS and S3 as moto has them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from app.aws.account import Account, Options, Service
from app.aws.ingress import SqsIngress
from app.domain.errors import DatabaseUnavailable
from app.domain.galleries import GalleryDraft, GalleryRef
from app.domain.matching import Policy
from app.domain.notices import Named, Notice
from app.domain.storage import Folder
from app.services.gallery_basis import BasisOf
from app.services.judge import Judge
from app.services.take_in import TakeIn
from app.store.open import Store, open_store
from tests.fakes.aws import REGION, Amazon
from tests.fakes.recogniser import FakeRecogniser
from tests.fakes.storage import FakeStorage
from tests.fakes.store import FakeCurveStore, World

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import QueueConfigurationTypeDef

GALA = GalleryRef("default", "gala")
SOURCE = Folder.parse("s3://photos/gala/")


def basis_of() -> BasisOf:
    recogniser = FakeRecogniser()
    return BasisOf(recogniser, Judge(Policy(0.4, 0.1), recogniser, FakeCurveStore(World()), None))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with open_store(database_url, pool_size=4, timeout=5) as store:
        await store.galleries.put(GALA, GalleryDraft(SOURCE))
        yield store


@pytest.fixture
def take_in(store: Store) -> TakeIn:
    return TakeIn(store.galleries, store.intake, FakeStorage("s3://photos"), basis_of())


@asynccontextmanager
async def working(account: Account, queue: str, handle: Callable[[Notice], Awaitable[None]]) -> AsyncIterator[None]:
    work = asyncio.create_task(SqsIngress(account, queue, handle, wait=1, pause=0.2).run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def emptied(aws: Amazon, queue: str, left: int = 0, seconds: float = 30) -> None:
    """Wait until no more messages are there than these."""
    async with asyncio.timeout(seconds):
        while sum(await asyncio.to_thread(aws.count, queue)) > left:  # noqa: ASYNC110 - told by asking
            await asyncio.sleep(0.1)


async def keys(store: Store) -> list[str]:
    return [photo.key for photo in (await store.photos.page(GALA, "", 100, state=None)).items]


async def test_what_is_put_into_a_bucket_is_matched_and_what_is_deleted_forgotten(
    aws: Amazon, account: Account, queue: str, store: Store
) -> None:
    bucket = f"photos-{uuid4()}"
    await store.galleries.put(GALA, GalleryDraft(Folder.parse(f"s3://{bucket}/gala/")))
    take_in = TakeIn(store.galleries, store.intake, FakeStorage(f"s3://{bucket}"), basis_of())
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    rule: QueueConfigurationTypeDef = {
        "QueueArn": aws.arn(queue),
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    }
    aws.s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [rule]},
    )

    async with working(account, queue, take_in):
        for key in ("gala/a é+1.jpg", "gala/b.jpg", "gala/list.pdf", "other/c.jpg"):
            await asyncio.to_thread(aws.s3.put_object, Bucket=bucket, Key=key, Body=b"photo")
        await emptied(aws, queue)
        found = await keys(store)
        await asyncio.to_thread(aws.s3.delete_object, Bucket=bucket, Key="gala/b.jpg")
        await emptied(aws, queue)

    assert found == ["gala/a é+1.jpg", "gala/b.jpg"]
    assert await keys(store) == ["gala/a é+1.jpg"]
    jobs = (await store.jobs.page("default", "", 10, state=None, kind=None)).items
    assert {job.subject for job in jobs} == {"gala"}


async def test_a_topic_between_makes_no_difference(
    aws: Amazon, account: Account, queue: str, store: Store, take_in: TakeIn
) -> None:
    topic = aws.sns.create_topic(Name=f"t-{uuid4()}")["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn(queue))
    about = {"bucket": {"name": "photos"}, "object": {"key": "gala/a.jpg", "size": 1, "eTag": "1"}}
    aws.sns.publish(TopicArn=topic, Message=json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": about}]}))

    async with working(account, queue, take_in):
        await emptied(aws, queue)

    assert await keys(store) == ["gala/a.jpg"]


async def test_our_own_message_names_a_photo_by_its_key_or_its_name(
    aws: Amazon, account: Account, queue: str, store: Store
) -> None:
    storage = FakeStorage("s3://photos")
    take_in = TakeIn(store.galleries, store.intake, storage, basis_of())
    for key in ("gala/a.jpg", "gala/b.jpg"):
        await storage.write(SOURCE, key, b"photo", "image/jpeg")
    for key in ("gala/a.jpg", "b.jpg"):
        aws.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"gallery_id": "gala", "key": key}))

    async with working(account, queue, take_in):
        await emptied(aws, queue)

    assert await keys(store) == ["gala/a.jpg", "gala/b.jpg"]


async def test_what_cannot_be_used_is_left_to_the_queues_own_dead_letters(
    aws: Amazon, account: Account, store: Store, take_in: TakeIn
) -> None:
    dead = aws.queue(f"dead-{uuid4()}")
    redrive = json.dumps({"deadLetterTargetArn": aws.arn(dead), "maxReceiveCount": "2"})
    queue = aws.queue(f"q-{uuid4()}", VisibilityTimeout="1", RedrivePolicy=redrive)
    bodies = ["nonsense", '{"gallery_id": "nobody", "key": "a.jpg"}', '{"gallery_id": "gala", "key": "missing.jpg"}']
    for body in bodies:
        aws.sqs.send_message(QueueUrl=queue, MessageBody=body)

    async with working(account, queue, take_in), asyncio.timeout(60):
        while (await asyncio.to_thread(aws.count, dead))[0] < 3:  # noqa: ASYNC110 - told by asking
            await asyncio.sleep(0.2)

    assert sorted(aws.bodies(dead)) == sorted(bodies)
    assert await keys(store) == []


async def test_a_message_is_there_until_what_it_says_is_done(aws: Amazon, account: Account, queue: str) -> None:
    seen: list[Notice] = []

    async def handle(notice: Notice) -> None:
        seen.append(notice)
        if len(seen) < 3:
            raise DatabaseUnavailable
        assert sum(await asyncio.to_thread(aws.count, queue)) == 1

    aws.sqs.send_message(QueueUrl=queue, MessageBody='{"gallery_id": "gala", "key": "a.jpg"}')
    async with working(account, queue, handle):
        await emptied(aws, queue)

    assert seen == [Named("gala", "a.jpg")] * 3


async def test_a_bug_in_one_message_stops_no_other(aws: Amazon, account: Account, queue: str) -> None:
    seen: set[str] = set()

    async def handle(notice: Notice) -> None:
        assert isinstance(notice, Named)
        seen.add(notice.key)
        if notice.key == "bug":
            raise ZeroDivisionError

    for key in ("bug", "a", "b"):
        aws.sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"gallery_id": "gala", "key": key}))
    async with working(account, queue, handle):
        await emptied(aws, queue, left=1)

    assert seen == {"bug", "a", "b"}


async def test_what_is_in_hand_is_finished_when_it_is_to_stop(aws: Amazon, account: Account, queue: str) -> None:
    begun, goes_on, done = asyncio.Event(), asyncio.Event(), False

    async def handle(_: Notice) -> None:
        nonlocal done
        begun.set()
        await goes_on.wait()
        done = True

    aws.sqs.send_message(QueueUrl=queue, MessageBody='{"gallery_id": "gala", "key": "a.jpg"}')
    work = asyncio.create_task(SqsIngress(account, queue, handle, wait=1).run())
    await begun.wait()

    work.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert done
    assert aws.count(queue) == (0, 0)


async def test_an_sqs_that_is_away_is_asked_again(aws: Amazon, queue: str) -> None:
    asked = 0

    class Counted(Account):
        async def call(self, service: Service, operation: str, **arguments: Any) -> dict[str, Any]:
            nonlocal asked
            asked += 1
            return await super().call(service, operation, **arguments)

    async def handle(_: Notice) -> None:
        raise AssertionError

    async with working(Counted(Options(REGION, "http://127.0.0.1:9")), queue, handle), asyncio.timeout(30):
        while asked < 2:  # noqa: ASYNC110 - told by a number
            await asyncio.sleep(0.1)
