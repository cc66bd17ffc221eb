"""From what happened to who is told of it: a real database, a real worker, real receivers."""

import asyncio

from prometheus_client import REGISTRY

from app.domain.errors import Unavailable
from app.domain.events import Channel, EventKind
from app.domain.galleries import Basis, GalleryDraft, GalleryRef, Seen
from app.domain.jobs import Retries
from app.domain.storage import Folder, StoredObject
from app.domain.webhooks import DeliveryState, Parcel, WebhookDraft, WebhookRef
from tests.contract.stores import MODEL, face
from tests.fakes.receiver import Receiver, receiving
from tests.fakes.web import drip, hang_up, reply, silent
from tests.integration.webhooks.telling import ended, failures, happen, telling

CRM = WebhookRef("default", "crm")
OTHER = WebhookRef("default", "other")


def count(outcome: str) -> float:
    return REGISTRY.get_sample_value("face_deliveries_total", {"channel": "webhook", "outcome": outcome}) or 0


async def test_a_receiver_that_was_down_gets_every_event_once_it_is_back(database_url: str) -> None:
    receiver = Receiver()
    await receiver.start()
    await receiver.stop()
    async with telling(database_url) as store:
        _, secret = await store.webhooks.put(CRM, WebhookDraft(receiver.url))
        await happen(database_url, store, *failures(20))
        async with asyncio.timeout(20):
            while not (await store.deliveries.page(CRM, "", 1, state=None)).items[0].attempts:  # noqa: ASYNC110 - told by rows
                await asyncio.sleep(0.05)

        await receiver.start()
        deliveries = await ended(store, CRM, 20)
        await receiver.stop()

    assert {delivery.state for delivery in deliveries} == {DeliveryState.DELIVERED}
    assert sorted(told.verified(secret)["data"]["n"] for told in receiver.told) == list(range(20))
    assert sorted(told.event_id for told in receiver.told) == sorted(delivery.event_id for delivery in deliveries)


async def test_a_receiver_that_fails_in_every_way_gets_the_event_in_the_end(database_url: str) -> None:
    failed, delivered = count("retried"), count("delivered")
    ways = (reply(b"", 500), reply(b"", 302, location="http://127.0.0.1/"), hang_up, silent)
    async with receiving(*ways, then=drip()) as receiver, telling(database_url, seconds=0.5) as store:
        _, secret = await store.webhooks.put(CRM, WebhookDraft(receiver.url))
        await happen(database_url, store, *failures(1))

        (delivery,) = await ended(store, CRM, 1)

    assert (delivery.state, delivery.attempts, delivery.status) == (DeliveryState.DELIVERED, 5, 200)
    assert {told.event_id for told in receiver.told} == {delivery.event_id}
    assert [told.verified(secret)["data"]["n"] for told in receiver.told] == [0] * 5
    assert (count("retried") - failed, count("delivered") - delivered) == (4, 1)


async def test_a_receiver_that_refuses_for_ever_is_given_up_and_can_be_told_again(database_url: str) -> None:
    retries = Retries(attempts=3, base=0.05, most=0.1)
    async with receiving(*[reply(b"", 503)] * 3) as receiver, telling(database_url, retries=retries) as store:
        await store.webhooks.put(CRM, WebhookDraft(receiver.url))
        await happen(database_url, store, *failures(1))
        (failed,) = await ended(store, CRM, 1)

        await store.deliveries.redeliver(CRM, failed.delivery_id)
        await receiver.until(4)
        (delivered,) = await ended(store, CRM, 1)

    assert (failed.state, failed.attempts, failed.status) == (DeliveryState.FAILED, 3, 503)
    assert failed.error == "The receiver answered 503."
    assert (delivered.state, delivered.event_id) == (DeliveryState.DELIVERED, failed.event_id)
    assert {told.event_id for told in receiver.told} == {failed.event_id}


async def test_a_receiver_that_is_gone_is_asked_once(database_url: str) -> None:
    async with receiving(then=reply(b"", 410)) as receiver, telling(database_url) as store:
        await store.webhooks.put(CRM, WebhookDraft(receiver.url))
        await happen(database_url, store, *failures(1))

        (failed,) = await ended(store, CRM, 1)

    assert (failed.state, failed.attempts, failed.status) == (DeliveryState.FAILED, 1, 410)
    assert len(receiver.told) == 1


async def test_a_receiver_that_hangs_holds_up_no_other(database_url: str) -> None:
    async with (
        receiving(then=silent) as hanging,
        receiving() as receiver,
        telling(database_url, seconds=60) as store,
    ):
        await store.webhooks.put(CRM, WebhookDraft(hanging.url))
        await happen(database_url, store, *failures(2))  # of the four places
        await hanging.until(2)
        await store.webhooks.put(OTHER, WebhookDraft(receiver.url))
        await store.webhooks.put(CRM, WebhookDraft(hanging.url, (EventKind.PHOTO_PROCESSED,)))
        await happen(database_url, store, *failures(30))

        deliveries = await ended(store, OTHER, 30)
        await hanging.stop()  # so that the worker need not wait for it

    assert {delivery.state for delivery in deliveries} == {DeliveryState.DELIVERED}


async def test_a_receiver_in_trouble_is_asked_by_one_at_a_time(database_url: str) -> None:
    async with (
        receiving(reply(b"", 500), then=silent) as hanging,
        receiving() as receiver,
        telling(database_url, seconds=60) as store,
    ):
        await store.webhooks.put(CRM, WebhookDraft(hanging.url))
        await happen(database_url, store, *failures(1))
        await hanging.until(2)
        await store.webhooks.put(OTHER, WebhookDraft(receiver.url))

        await happen(database_url, store, *failures(30))  # to both: more than there are places
        deliveries = await ended(store, OTHER, 30)
        asked = len(hanging.told)
        await hanging.stop()

    assert {delivery.state for delivery in deliveries} == {DeliveryState.DELIVERED}
    assert asked == 2


async def test_a_gallery_tells_its_own_webhook_of_a_photo_that_is_done(database_url: str) -> None:
    gala, model = GalleryRef("default", "gala"), Basis(MODEL, 0.4, 0.1, 10)
    async with receiving() as receiver, telling(database_url) as store:
        made = await store.galleries.put(
            gala, GalleryDraft(Folder.parse("s3://photos/gala/"), "", None, 9, receiver.url)
        )
        job = await store.galleries.begin(gala, force=False)
        await store.jobs.start("default", job.job_id)
        await store.photos.enlist(gala, job.job_id, [StoredObject("gala/a.jpg", "1", 9)], model, force=False)
        photos = (await store.photos.page(gala, "", 9, state=None)).items
        (claimed,) = await store.photos.claim(gala, job.job_id, [photo.photo_id for photo in photos], model)
        await store.photos.settle(gala, job.job_id, [Seen(claimed, "1", 9, 9, 1, (face("1 0 0 0"),))], model)
        await store.photos.listed(gala, job.job_id, 1, 0)

        await receiver.until(2)

    told = {say["type"]: say["data"] for say in (one.verified(made.webhook_secret) for one in receiver.told)}
    assert told == {
        "photo.processed": {
            "gallery_id": "gala",
            "photo_id": claimed.photo_id,
            "key": "gala/a.jpg",
            "faces_detected": 1,
        },
        "gallery.finished": {
            "gallery_id": "gala",
            "job_id": job.job_id,
            "total": 1,
            "done": 1,
            "failed": 0,
            "cached": 0,
        },
    }


class Fickle:
    """A channel of the operator's that is away for a while."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.carried: list[Parcel] = []

    async def carry(self, parcel: Parcel) -> None:
        if self.times:
            self.times -= 1
            raise Unavailable
        self.carried.append(parcel)


async def test_what_the_operator_is_told_waits_until_the_channel_is_there_again(database_url: str) -> None:
    fickle = Fickle(3)
    async with telling(database_url, {Channel.SQS_FAILURES: fickle}) as store, asyncio.timeout(30):
        await happen(database_url, store, *failures(3))
        while len(fickle.carried) < 3:  # noqa: ASYNC110 - told by a list
            await asyncio.sleep(0.05)

    assert sorted(int(str(parcel.payload["n"])) for parcel in fickle.carried) == [0, 1, 2]


async def test_a_ping_arrives(database_url: str) -> None:
    async with receiving() as receiver, telling(database_url) as store:
        _, secret = await store.webhooks.put(CRM, WebhookDraft(receiver.url))

        await store.deliveries.ping(CRM)
        await receiver.until(1)

    assert receiver.told[0].verified(secret)["type"] == "ping"
