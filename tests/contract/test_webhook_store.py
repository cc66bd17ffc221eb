"""What every WebhookStore must do, and the DeliveryStore beside it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import psycopg
import pytest

from app.domain.errors import Conflict, DeliveryNotFound, GalleryNotFound, InvalidRequest, WebhookNotFound
from app.domain.events import HAPPENINGS, Channel, Event, EventKind
from app.domain.galleries import GalleryDraft, GalleryRef
from app.domain.storage import Folder
from app.domain.webhooks import DeliveryState, Parcel, WebhookDraft, WebhookRef, is_secret, new_secret
from app.store.events import emit
from app.store.open import Store, open_store
from app.store.pool import open_pool, transaction
from app.store.queue import DELIVERIES
from tests.contract.stores import SEAL

CRM = WebhookRef("default", "crm")
DRAFT = WebhookDraft("https://crm.example/events")
GALA = GalleryRef("default", "gala")
GALAS_OWN = WebhookRef("default", "gallery.gala")
HOOKED = GalleryDraft(Folder.parse("s3://photos/gala/"), webhook_url="https://gala.example/")
SEEN = Event(EventKind.PHOTO_PROCESSED, {"photo_id": "p1"}, "gala")
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(params=["database_url", "pooled_url"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    with psycopg.connect(found) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        conn.execute("insert into face.tenant (tenant_id) values ('neighbour') on conflict do nothing")
    return found


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with open_store(url, pool_size=4, timeout=5, seal=SEAL) as store:
        yield store


async def happen(url: str, store: Store, event: Event = SEEN, tenant: str = "default") -> None:
    async with open_pool(url, size=1, timeout=5) as pool, transaction(pool, tenant) as conn:
        await emit(conn, store.queue, tenant, [event])


async def claimed(url: str, store: Store) -> list[Parcel]:
    """What a worker would have in hand, of what the queue holds."""
    with psycopg.connect(url) as conn:
        tasks = conn.execute(
            "select args from face_queue.procrastinate_jobs where queue_name = %s order by id", [DELIVERIES]
        ).fetchall()
    parcels = [await store.deliveries.claim(**task) for (task,) in tasks]
    return [parcel for parcel in parcels if parcel]


async def test_a_new_webhook_has_a_secret_that_is_said_once(store: Store) -> None:
    webhook, secret = await store.webhooks.put(CRM, DRAFT)
    again, nothing = await store.webhooks.put(CRM, replace(DRAFT, url="https://crm.example/v2"))

    assert is_secret(secret)
    assert nothing == ""
    assert (webhook.webhook_id, webhook.url, webhook.events) == ("crm", DRAFT.url, HAPPENINGS)
    assert await store.webhooks.get(CRM) == again
    assert again.url == "https://crm.example/v2"


async def test_a_secret_is_changed_on_demand_and_to_what_is_given(url: str, store: Store) -> None:
    _, first = await store.webhooks.put(CRM, DRAFT)
    _, second = await store.webhooks.put(CRM, replace(DRAFT, rotate=True))
    given = new_secret()
    _, third = await store.webhooks.put(CRM, replace(DRAFT, secret=given))

    await happen(url, store)

    (parcel,) = await claimed(url, store)
    assert len({first, second, third}) == 3
    assert parcel.secret == third == given


async def test_webhooks_are_listed_by_id_a_page_at_a_time(store: Store) -> None:
    for name in "bca":
        await store.webhooks.put(WebhookRef("default", name), DRAFT)
    await store.webhooks.put(WebhookRef("neighbour", "d"), DRAFT)

    first = await store.webhooks.page("default", "", 2)
    rest = await store.webhooks.page("default", first.next_cursor, 2)

    assert [[item.webhook_id for item in page.items] for page in (first, rest)] == [["a", "b"], ["c"]]
    assert rest.next_cursor == ""


async def test_a_webhook_that_was_deleted_is_gone_with_its_deliveries(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    await happen(url, store)

    await store.webhooks.delete(CRM)

    assert await claimed(url, store) == []
    for call in (store.webhooks.get(CRM), store.webhooks.delete(CRM), store.deliveries.ping(CRM)):
        with pytest.raises(WebhookNotFound):
            await call


async def test_a_webhook_is_told_of_what_it_wants_in_its_tenant_only(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, replace(DRAFT, events=(EventKind.JOB_FAILED,)))
    await store.webhooks.put(WebhookRef("neighbour", "all"), DRAFT)

    await happen(url, store, SEEN)
    await happen(url, store, Event(EventKind.JOB_FAILED, {"code": "no_face"}))

    (parcel,) = await claimed(url, store)
    assert (parcel.webhook_id, parcel.kind, parcel.payload) == ("crm", EventKind.JOB_FAILED, {"code": "no_face"})
    assert (parcel.channel, parcel.turn, parcel.attempts) == (Channel.WEBHOOK, 0, 0)


async def test_a_webhook_of_one_gallery_hears_of_no_other(url: str, store: Store) -> None:
    await store.galleries.put(GALA, replace(HOOKED, webhook_url=""))
    await store.webhooks.put(CRM, replace(DRAFT, gallery_id="gala"))

    await happen(url, store, Event(EventKind.PHOTO_PROCESSED, {}, "other"))
    await happen(url, store, SEEN)

    assert [parcel.payload for parcel in await claimed(url, store)] == [SEEN.payload]
    with pytest.raises(GalleryNotFound):
        await store.webhooks.put(CRM, replace(DRAFT, gallery_id="other"))


async def test_a_gallerys_own_webhook_is_made_with_it_and_its_secret_said_once(url: str, store: Store) -> None:
    first = (await store.galleries.put(GALA, HOOKED)).webhook_secret
    second = (await store.galleries.put(GALA, HOOKED)).webhook_secret
    await happen(url, store)

    (parcel,) = await claimed(url, store)
    assert is_secret(first)
    assert second == ""
    assert (parcel.url, parcel.secret) == ("https://gala.example/", first)
    assert (await store.galleries.get(GALA)).webhook_secret == ""


async def test_a_gallerys_own_webhook_can_be_told_of_less_and_have_a_new_secret(store: Store) -> None:
    await store.galleries.put(GALA, HOOKED)
    wanted = WebhookDraft(HOOKED.webhook_url, (EventKind.GALLERY_FINISHED,), rotate=True)

    _, secret = await store.webhooks.put(GALAS_OWN, wanted)
    await store.galleries.put(GALA, replace(HOOKED, webhook_url="https://new.example/"))

    webhook = await store.webhooks.get(GALAS_OWN)
    assert is_secret(secret)
    assert (webhook.url, webhook.events, webhook.gallery_id) == (
        "https://new.example/",
        (EventKind.GALLERY_FINISHED,),
        "gala",
    )


async def test_a_gallerys_own_webhook_comes_and_goes_with_the_gallerys_address(store: Store) -> None:
    with pytest.raises(WebhookNotFound):
        await store.webhooks.put(GALAS_OWN, DRAFT)
    await store.galleries.put(GALA, HOOKED)

    with pytest.raises(Conflict):
        await store.webhooks.put(GALAS_OWN, DRAFT)
    with pytest.raises(Conflict):
        await store.webhooks.delete(GALAS_OWN)
    await store.galleries.put(GALA, replace(HOOKED, webhook_url=""))

    with pytest.raises(WebhookNotFound):
        await store.webhooks.get(GALAS_OWN)


async def test_what_arrived_is_delivered_and_not_claimed_again(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    await happen(url, store)
    (parcel,) = await claimed(url, store)

    await store.deliveries.settle(parcel, 204)

    (delivery,) = (await store.deliveries.page(CRM, "", 10, state=None)).items
    assert (delivery.state, delivery.status, delivery.attempts) == (DeliveryState.DELIVERED, 204, 1)
    assert (delivery.event_id, delivery.due_at, delivery.error) == (parcel.event_id, None, "")
    assert await claimed(url, store) == []


async def test_what_failed_has_its_next_turn_and_the_last_one_is_over(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    await happen(url, store)
    (parcel,) = await claimed(url, store)

    await store.deliveries.fail(parcel, "The receiver answered 500.", 500, 60)
    await store.deliveries.settle(parcel, 200)  # too late

    (delivery,) = (await store.deliveries.page(CRM, "", 10, state=DeliveryState.PENDING)).items
    (following,) = await claimed(url, store)
    assert (delivery.attempts, delivery.status, delivery.error) == (1, 500, "The receiver answered 500.")
    assert delivery.due_at
    assert 50 < (delivery.due_at - delivery.created_at).total_seconds() < 70
    assert (following.turn, following.attempts, following.event_id) == (1, 1, parcel.event_id)


async def test_what_failed_for_good_is_listed_and_can_be_sent_again(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    await happen(url, store)
    (parcel,) = await claimed(url, store)
    await store.deliveries.fail(parcel, "gone", 410, None)
    (failed,) = (await store.deliveries.page(CRM, "", 10, state=DeliveryState.FAILED)).items

    again = await store.deliveries.redeliver(CRM, failed.delivery_id)

    (following,) = await claimed(url, store)
    assert (failed.state, failed.due_at, failed.finished_at is None) == (DeliveryState.FAILED, None, False)
    assert (again.state, again.attempts, again.event_id) == (DeliveryState.PENDING, 0, failed.event_id)
    assert following.event_id == parcel.event_id


async def test_all_that_failed_or_waits_is_sent_again_at_once(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    for _ in range(4):
        await happen(url, store)
    delivered, failed, waiting, _fresh = await claimed(url, store)
    await store.deliveries.settle(delivered, 200)
    await store.deliveries.fail(failed, "gone", 410, None)
    await store.deliveries.fail(waiting, "busy", 503, 3600)

    count = await store.deliveries.redeliver_failed(CRM)

    assert count == 2
    assert len(await claimed(url, store)) == 3
    with pytest.raises(WebhookNotFound):
        await store.deliveries.redeliver_failed(WebhookRef("neighbour", "crm"))


async def test_what_was_put_off_counts_as_no_attempt(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    await happen(url, store)
    (parcel,) = await claimed(url, store)

    await store.deliveries.put_off(parcel, 5)

    (following,) = await claimed(url, store)
    assert (following.turn, following.attempts) == (1, 0)


async def test_a_ping_goes_to_one_webhook_whatever_it_wants(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, replace(DRAFT, events=(EventKind.JOB_FAILED,)))
    await store.webhooks.put(WebhookRef("default", "other"), DRAFT)

    delivery = await store.deliveries.ping(CRM)

    (parcel,) = await claimed(url, store)
    assert (parcel.delivery_id, parcel.kind, parcel.webhook_id) == (delivery.delivery_id, EventKind.PING, "crm")


async def test_deliveries_are_listed_newest_first_a_page_at_a_time(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    for n in range(5):
        await happen(url, store, replace(SEEN, payload={"n": n}))

    first = await store.deliveries.page(CRM, "", 3, state=None)
    rest = await store.deliveries.page(CRM, first.next_cursor, 3, state=None)

    assert [item.payload["n"] for item in (*first.items, *rest.items)] == [4, 3, 2, 1, 0]
    assert rest.next_cursor == ""
    for made_up in ("nonsense", "WyJhIiwgImIiXQ"):
        with pytest.raises(InvalidRequest):
            await store.deliveries.page(CRM, made_up, 3, state=None)


@pytest.mark.parametrize("delivery_id", ["", "x", NOBODY])
async def test_a_delivery_that_is_not_there_cannot_be_sent_again(store: Store, delivery_id: str) -> None:
    await store.webhooks.put(CRM, DRAFT)

    with pytest.raises(DeliveryNotFound):
        await store.deliveries.redeliver(CRM, delivery_id)


async def test_events_of_long_ago_are_forgotten_with_their_deliveries(url: str, store: Store) -> None:
    await store.webhooks.put(CRM, DRAFT)
    for n in range(2):
        await happen(url, store, replace(SEEN, payload={"n": n}))
    with psycopg.connect(url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        conn.execute("update face.event set created_at = now() - interval '31 days' where payload->>'n' = '0'")

    await store.deliveries.forget(30)

    (left,) = (await store.deliveries.page(CRM, "", 10, state=None)).items
    assert left.payload == {"n": 1}


async def test_the_operator_is_told_by_the_channels_that_are_set(url: str) -> None:
    channels = (Channel.SQS_RESULTS, Channel.SQS_FAILURES, Channel.SNS_ALERTS)
    async with open_store(url, pool_size=2, timeout=5, seal=SEAL, channels=channels) as store:
        await happen(url, store, SEEN)
        await happen(url, store, Event(EventKind.JOB_FAILED, {}), tenant="neighbour")

        parcels = await claimed(url, store)

    assert sorted((parcel.tenant, parcel.channel) for parcel in parcels) == [
        ("default", Channel.SQS_RESULTS),
        ("neighbour", Channel.SNS_ALERTS),
        ("neighbour", Channel.SQS_FAILURES),
    ]
    assert {(parcel.webhook_id, parcel.url, parcel.secret) for parcel in parcels} == {("", "", "")}


async def test_what_nobody_is_to_be_told_of_is_not_kept(url: str, store: Store) -> None:
    await happen(url, store)

    with psycopg.connect(url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        assert conn.execute("select count(*) from face.event").fetchone() == (0,)
