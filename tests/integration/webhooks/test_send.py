"""Events sent to receivers of every kind, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from standardwebhooks import WebhookVerificationError

from app.domain.errors import DeliveryRefused, ReceiverUnavailable
from app.domain.events import Channel, EventKind
from app.domain.webhooks import Parcel, new_secret
from app.webhooks.send import Rules, WebhookSender
from tests.fakes.receiver import receiving
from tests.fakes.web import Behaviour, Names, Wire, drip, endless, hang_up, redirect, reply, silent, slow_head

SECRET = new_secret()
LOOPBACK = (ip_network("127.0.0.0/8"),)
HAPPENED = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def parcel(url: str, secret: str = SECRET) -> Parcel:
    payload = {"gallery_id": "fête", "photo_id": "p1"}
    return Parcel(
        "default", "d1", 0, 0, Channel.WEBHOOK, "e1", EventKind.PHOTO_PROCESSED, payload, HAPPENED, "crm", url, secret
    )


@asynccontextmanager
async def sending(seconds: float = 5, *, own: bool = True) -> AsyncIterator[WebhookSender]:
    async with WebhookSender(Rules(seconds, LOOPBACK if own else ())) as sender:
        yield sender


async def test_an_event_arrives_signed_as_json() -> None:
    async with receiving() as receiver, sending() as sender:
        status = await sender.carry(parcel(receiver.url))

    (told,) = receiver.told
    assert status == 200
    assert told.headers["content-type"] == "application/json"
    assert told.headers["user-agent"].startswith("svc-face-recon")
    assert told.event_id == "e1"
    assert told.verified(SECRET) == {
        "type": "photo.processed",
        "timestamp": "2026-05-04T10:00:00Z",
        "data": {"gallery_id": "fête", "photo_id": "p1"},
    }


async def test_who_has_another_secret_knows_that_it_is_not_from_here() -> None:
    async with receiving() as receiver, sending() as sender:
        await sender.carry(parcel(receiver.url))

    with pytest.raises(WebhookVerificationError):
        receiver.told[0].verified(new_secret())


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_answer_of_the_kind_success_is_one(status: int) -> None:
    async with receiving(reply(b"", status)) as receiver, sending() as sender:
        assert await sender.carry(parcel(receiver.url)) == status


@pytest.mark.parametrize("status", [300, 400, 401, 404, 429, 500, 503])
async def test_any_other_answer_is_worth_another_attempt(status: int) -> None:
    async with receiving(reply(b"secret reasons", status)) as receiver, sending() as sender:
        with pytest.raises(ReceiverUnavailable) as failed:
            await sender.carry(parcel(receiver.url))

    assert str(failed.value) == f"The receiver answered {status}."
    assert failed.value.extra == {"answered": status}


async def test_a_receiver_that_is_gone_is_told_no_more() -> None:
    async with receiving(reply(b"", 410)) as receiver, sending() as sender:
        with pytest.raises(DeliveryRefused) as refused:
            await sender.carry(parcel(receiver.url))

    assert refused.value.extra == {"answered": 410}
    assert not refused.value.retryable


async def test_a_redirect_is_not_followed() -> None:
    async with receiving() as elsewhere, receiving(redirect(elsewhere.url, 307)) as receiver, sending() as sender:
        with pytest.raises(ReceiverUnavailable, match="307"):
            await sender.carry(parcel(receiver.url))

    assert elsewhere.told == []


@pytest.mark.parametrize("behaviour", [silent, slow_head, hang_up], ids=["silent", "slow head", "hangs up"])
async def test_a_receiver_that_says_nothing_is_left_after_a_while(behaviour: Behaviour) -> None:
    async with receiving(behaviour) as receiver, sending(0.5) as sender, asyncio.timeout(5):
        with pytest.raises(ReceiverUnavailable):
            await sender.carry(parcel(receiver.url))


@pytest.mark.parametrize("behaviour", [drip(), endless()], ids=["drips", "has no end"])
async def test_an_answer_counts_though_its_body_does_not_end(behaviour: Behaviour) -> None:
    async with receiving(behaviour) as receiver, sending(30) as sender, asyncio.timeout(10):
        assert await sender.carry(parcel(receiver.url)) == 200


async def test_a_receiver_that_is_not_there_may_come_back() -> None:
    async with receiving() as receiver:
        pass
    async with sending() as sender:
        with pytest.raises(ReceiverUnavailable, match="reached"):
            await sender.carry(parcel(receiver.url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://localhost:{port}/"])
async def test_nothing_is_sent_into_a_network_that_was_not_opened(url: str) -> None:
    async with receiving() as receiver, sending(own=False) as sender:
        with pytest.raises(DeliveryRefused, match="WEBHOOK_ALLOW_NETWORKS"):
            await sender.carry(parcel(url.format(port=receiver.port)))

    assert receiver.told == []


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "https://", "https://user:word@example.com/", "https://example.com:0/", "https://a\\@b/"],
)
async def test_an_odd_address_is_refused_before_anybody_is_asked(url: str) -> None:
    async with sending() as sender:
        with pytest.raises(DeliveryRefused):
            await sender.carry(parcel(url))


async def test_plain_http_is_for_own_networks_only() -> None:
    names, wire = Names({"crm.example": [["93.184.216.34"]]}), Wire()
    async with WebhookSender(Rules(5, LOOPBACK), resolver=names, tcp=wire) as sender:
        with pytest.raises(DeliveryRefused):
            await sender.carry(parcel("http://crm.example/"))
        with pytest.raises(ReceiverUnavailable):
            await sender.carry(parcel("https://crm.example/"))

    assert wire.connected == [("93.184.216.34", 443)]


async def test_a_name_that_means_a_public_and_a_private_address_is_refused() -> None:
    names, wire = Names({"crm.example": [["93.184.216.34", "10.0.0.1"]]}), Wire()
    async with WebhookSender(Rules(5), resolver=names, tcp=wire) as sender:
        with pytest.raises(DeliveryRefused):
            await sender.carry(parcel("https://crm.example/"))

    assert wire.connected == []
