from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.events import Channel, EventKind
from app.domain.webhooks import Parcel, is_secret, new_secret


def test_every_new_secret_is_one_that_others_can_use_and_another() -> None:
    made = {new_secret() for _ in range(20)}

    assert len(made) == 20
    assert all(is_secret(secret) for secret in made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "c2VjcmV0IHRoYXQgaXMgbG9uZyBlbm91Z2g=",
        "whsec_not base64!" * 3,
        "whsec_" + "A" * 96,
    ],
)
def test_what_is_no_secret_is_known(text: str) -> None:
    assert not is_secret(text)


def test_a_message_says_when_it_happened_in_utc() -> None:
    happened = datetime(2026, 5, 4, 12, 0, 0, 5000, tzinfo=timezone(timedelta(hours=2)))
    parcel = Parcel("default", "d", 0, 0, Channel.WEBHOOK, "e", EventKind.PING, {"a": 1}, happened, "crm")

    assert parcel.message == {"type": "ping", "timestamp": "2026-05-04T10:00:00.005000Z", "data": {"a": 1}}
    assert datetime.fromisoformat(str(parcel.message["timestamp"])) == happened.astimezone(UTC)


def test_two_tenants_webhooks_of_the_same_id_are_two_receivers() -> None:
    receivers = {
        Parcel(t, "d", 0, 0, Channel.WEBHOOK, "e", EventKind.PING, {}, datetime.now(UTC), "crm").receiver for t in "ab"
    }

    assert len(receivers) == 2
