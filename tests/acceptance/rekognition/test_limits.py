"""Every constraint of the service's description: what breaks it is refused and named, what meets it is not."""

import pytest

from tests.acceptance.rekognition.described import OPERATIONS, breaches, edges, least, mistyped, request_of
from tests.acceptance.rekognition.signing import Caller, code


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_breaks_a_constraint_is_refused_and_named(operation: str, caller: Caller) -> None:
    broken = list(breaches(operation))

    for breach in broken:
        answer = caller.post(operation, breach.request)
        assert code(answer) == "InvalidParameterException", breach.path
        assert "validation error" in answer.json()["Message"], breach.path
        assert f"'{breach.path}'" in answer.json()["Message"]
        assert breach.what in answer.json()["Message"]

    assert len(broken) >= len(request_of(operation).required_members)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_just_meets_one_is_taken(operation: str, caller: Caller) -> None:
    for what, request in edges(operation):
        assert "validation error" not in caller.post(operation, request).json().get("Message", ""), what


@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_type_is_not_read(operation: str, caller: Caller) -> None:
    for name, request in mistyped(operation):
        assert code(caller.post(operation, request)) == "SerializationException", name


@pytest.mark.parametrize("operation", OPERATIONS)
def test_members_that_nobody_knows_are_passed_over(operation: str, caller: Caller) -> None:
    request = {**least(request_of(operation)), "Unknown": [1]}

    answer = caller.post(operation, request)

    assert code(answer) != "SerializationException"
    assert "validation error" not in answer.json().get("Message", "")


def test_several_faults_are_told_at_once(caller: Caller) -> None:
    request = {"CollectionId": "né", "MaxFaces": 0, "QualityFilter": "BEST"}

    message = caller.post("IndexFaces", request).json()["Message"]

    assert message.startswith("4 validation errors detected: ")
    assert all(f"'{path}'" in message for path in ("image", "collectionId", "maxFaces", "qualityFilter"))
    assert "né" not in message


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff", b'{"MaxResults": NaN}', b'{"MaxResults": 1e3}', b"[" * 100_000]
)
def test_what_is_no_json_object_is_not_read(body: bytes, caller: Caller) -> None:
    assert code(caller.post("ListCollections", body)) == "SerializationException"


def test_an_empty_body_is_an_empty_request(caller: Caller) -> None:
    assert code(caller.post("ListCollections", b"")) == ""


@pytest.mark.parametrize(
    ("operation", "most"), [("ListFaces", 262_144), ("DetectFaces", 7_252_654), ("CompareFaces", 14_243_164)]
)
def test_a_body_is_as_large_as_the_operation_can_need(operation: str, most: int, caller: Caller) -> None:
    assert code(caller.post(operation, b"x" * most)) == "SerializationException"
    assert code(caller.post(operation, b"x" * (most + 1))) == "RequestEntityTooLargeException"


def test_of_thousands_of_faults_a_few_are_told(caller: Caller) -> None:
    answer = caller.post("DeleteFaces", {"CollectionId": "a", "FaceIds": ["x"] * 5000})

    assert answer.json()["Message"].startswith("5001 validation errors detected: ")
    assert len(answer.content) < 3000
