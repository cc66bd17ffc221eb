"""Nobody gets in whose request is not signed with a key that is there, as it came and just now."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx2
import pytest

from tests.acceptance.rekognition.signing import Caller, code

ASKED = {"CollectionId": "signed"}
BODY = b'{"CollectionId": "signed"}'
FORGED = b'{"CollectionId": "forged"}'
DIGEST = "X-Amz-Content-SHA256"
INVALID, UNKNOWN = "InvalidSignatureException", "UnrecognizedClientException"
MISSING, INCOMPLETE = "MissingAuthenticationTokenException", "IncompleteSignatureException"

Try = Callable[[Caller], httpx2.Response]


def _post(caller: Caller, **change: Any) -> httpx2.Response:
    """Signed rightly, and then some headers changed; None takes one away."""
    headers = {**caller.headers("DescribeCollection", BODY), **change}
    kept = {name: value for name, value in headers.items() if value is not None}
    return caller.http.post(f"{caller.url}/rekognition/", content=BODY, headers=kept)


def _authorization(caller: Caller, old: str, new: str) -> httpx2.Response:
    right = caller.headers("DescribeCollection", BODY)
    return _post(caller, **{**right, "Authorization": right["Authorization"].replace(old, new)})


REFUSED: dict[str, tuple[str, Try]] = {
    "a body that was changed": (INVALID, lambda who: who.post("DescribeCollection", BODY, sent=FORGED)),
    "a changed body whose digest was signed": (
        INVALID,
        lambda who: who.post("DescribeCollection", BODY, sent=FORGED, more={DIGEST: sha256(BODY).hexdigest()}),
    ),
    "a body that is said to be unsigned": (
        INVALID,
        lambda who: who.post("DescribeCollection", BODY, more={DIGEST: "UNSIGNED-PAYLOAD"}),
    ),
    "a body that is said to come in pieces": (
        INVALID,
        lambda who: who.post("DescribeCollection", BODY, more={DIGEST: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}),
    ),
    "a changed operation": (INVALID, lambda who: _post(who, **{"X-Amz-Target": "RekognitionService.DeleteCollection"})),
    "a changed host": (INVALID, lambda who: _post(who, Host="elsewhere.example")),
    "a changed date": (INCOMPLETE, lambda who: _post(who, **{"X-Amz-Date": "yesterday"})),
    "no date": (INCOMPLETE, lambda who: _post(who, **{"X-Amz-Date": None})),
    "another secret": (INVALID, lambda who: replace(who, secret="x" * 40).post("DescribeCollection", ASKED)),
    "a key that nobody has": (
        UNKNOWN,
        lambda who: replace(who, access_key_id="AKIAAAAAAAAAAAAAAAAA").post("DescribeCollection", ASKED),
    ),
    "a session's token": (
        UNKNOWN,
        lambda who: who.post("DescribeCollection", ASKED, more={"X-Amz-Security-Token": "a token"}),
    ),
    "an old request": (INVALID, lambda who: who.post("DescribeCollection", ASKED, late=timedelta(seconds=310))),
    "a request of the future": (
        INVALID,
        lambda who: who.post("DescribeCollection", ASKED, late=timedelta(seconds=-310)),
    ),
    "another service's scope": (INVALID, lambda who: who.post("DescribeCollection", ASKED, service="s3")),
    "another day's scope": (INVALID, lambda who: _authorization(who, "/20", "/19")),
    "no end of the scope": (INCOMPLETE, lambda who: _authorization(who, "aws4_request", "aws5_request")),
    "an unsigned host": (INVALID, lambda who: who.post("DescribeCollection", ASKED, leave_out="host")),
    "an unsigned operation": (INVALID, lambda who: who.post("DescribeCollection", ASKED, leave_out="x-amz-target")),
    "an unsigned date": (INVALID, lambda who: who.post("DescribeCollection", ASKED, leave_out="x-amz-date")),
    "a signed header that does not come": (INVALID, lambda who: _post(who, **{"Content-Type": None})),
    "a signature that is none": (INVALID, lambda who: _authorization(who, "Signature=", "Signature=z")),
    "another algorithm": (INCOMPLETE, lambda who: _authorization(who, "AWS4-HMAC", "AWS4-ECDSA")),
    "no signature": (MISSING, lambda who: _post(who, Authorization=None)),
    "a password": (INCOMPLETE, lambda who: _post(who, Authorization=f"Basic {b64encode(b'a:b').decode()}")),
    "the service's own key": (
        MISSING,
        lambda who: _post(who, Authorization=None, **{"X-API-Key": "a-token-of-the-test"}),
    ),
    "another path": (INVALID, lambda who: who.post("DescribeCollection", ASKED, to="/rekognition")),
    "a path that climbs": (
        INVALID,
        lambda who: who.post("DescribeCollection", ASKED, to="/rekognition/%2e%2e/members"),
    ),
    "a query that was added": (INVALID, lambda who: who.post("DescribeCollection", ASKED, to="/rekognition/?a=b")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused(what: str, caller: Caller) -> None:
    wanted, attempt = REFUSED[what]

    assert code(attempt(caller)) == wanted


def test_what_is_signed_rightly_gets_in(caller: Caller) -> None:
    there_is_none = "ResourceNotFoundException"

    assert code(caller.post("DescribeCollection", ASKED)) == there_is_none
    assert code(caller.post("DescribeCollection", ASKED, more={DIGEST: sha256(BODY).hexdigest()})) == there_is_none
    assert code(caller.post("DescribeCollection", ASKED, late=timedelta(seconds=280))) == there_is_none
    for path in ("/rekognition", "/rekognition/?b=1&a=%20"):
        assert code(caller.post("DescribeCollection", ASKED, path=path, to=path)) == there_is_none
    extra = {"X-Odd": "several   spaces", "Connection": "keep-alive", "User-Agent": "me"}
    assert code(caller.post("DescribeCollection", ASKED, more=extra)) == there_is_none


def test_a_path_below_is_nothing_even_if_it_is_signed(caller: Caller) -> None:
    path = "/rekognition/collections"

    assert code(caller.post("DescribeCollection", ASKED, path=path, to=path)) == "UnknownOperationException"


@pytest.mark.parametrize("operation", ["", "NoSuchThing", "DetectLabels", "describecollection", "__class__"])
def test_an_operation_that_is_not_served_is_unknown(operation: str, caller: Caller) -> None:
    assert code(caller.post(operation, {})) == "UnknownOperationException"


@pytest.mark.parametrize("target", ["ListCollections", "DynamoDB_20120810.ListCollections", ""])
def test_another_services_operations_are_unknown(target: str, caller: Caller) -> None:
    answer = caller.post("ListCollections", {}, more={"X-Amz-Target": target})

    assert code(answer) == "UnknownOperationException"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_answered_in_the_same_way(method: str, caller: Caller) -> None:
    assert code(caller.http.request(method, f"{caller.url}/rekognition/")) == MISSING


def test_a_key_that_was_taken_away_lets_nobody_in(caller: Caller, http: httpx2.Client) -> None:
    made = http.post("/access-keys", json={"name": "short-lived"}).json()
    short = replace(caller, access_key_id=made["access_key_id"], secret=made["secret_access_key"])
    assert code(short.post("ListCollections", {})) == ""

    assert http.delete(f"/access-keys/{made['access_key_id']}").status_code == 204

    assert code(short.post("ListCollections", {})) == UNKNOWN
    assert http.delete(f"/access-keys/{made['access_key_id']}").json()["code"] == "access_key_not_found"


def test_a_secret_is_shown_once(http: httpx2.Client) -> None:
    made = http.post("/access-keys", json={"name": "a"}).json()

    listed = http.get("/access-keys?limit=1000")

    assert made["access_key_id"] in listed.text
    assert made["secret_access_key"] not in listed.text
    assert len(made["secret_access_key"]) == 40
    assert http.get("/access-keys", headers={"X-API-Key": "wrong"}).status_code == 401
