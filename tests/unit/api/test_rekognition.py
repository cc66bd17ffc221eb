"""What AWS's clients are told when the service cannot do what it otherwise does, and how its parts read what comes."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.rekognition import names, tokens, wire
from app.api.rekognition.operations import OPERATIONS
from app.config import Server, Settings
from app.domain import errors
from app.domain.access_keys import Signer
from app.domain.errors import DatabaseUnavailable, FaceReconError, Overloaded, RateLimited
from app.domain.users import MOST_FACES_OF_USER, Asked, Refusal, Refused, User, associable
from app.main import create_app
from app.services import Services
from tests.acceptance.rekognition.described import OPERATIONS as DESCRIBED
from tests.acceptance.rekognition.described import documented, least, request_of
from tests.acceptance.rekognition.signing import Caller, code
from tests.fakes.services import fake_services

SECRET = "a secret of the test"
PATH, PREFIXED = "/rekognition/", "/face/rekognition/"


class Keys:
    async def signer(self, access_key_id: str) -> Signer:
        return Signer("default", SECRET)


class Failing:
    """Whatever is asked of it, however deep, fails in the way that is set."""

    error: Exception = RuntimeError()

    def __getattr__(self, name: str) -> "Failing":
        return self

    async def __call__(self, *_: object, **__: object) -> None:
        raise Failing.error


@asynccontextmanager
async def failing_services(settings: Settings) -> AsyncIterator[Services]:
    async with fake_services(settings) as whole:
        failing: Any = Failing()
        keys: Any = Keys()
        yield replace(whole, access_keys=keys, rekognition=failing)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[str], TestClient]]:
    """A client of a service in which everything fails, by the prefix under which it is shown."""
    with ExitStack() as stack:

        @cache
        def client(root_path: str) -> TestClient:
            app = create_app(Settings(server=Server(root_path=root_path)), failing_services)
            return stack.enter_context(TestClient(app, base_url="http://recon.example"))

        yield client


@pytest.fixture
def call(serve: Callable[[str], TestClient]) -> Callable[..., Any]:
    """How it answers."""

    def call(error: Exception, operation: str, root_path: str = "", signed: str = PATH, sent: str = PATH) -> Any:
        Failing.error = error
        client = serve(root_path)
        caller = Caller("http://recon.example", "AKIAAAAAAAAAAAAAAAAA", SECRET, client)
        content = json.dumps(least(request_of(operation))).encode()
        return client.post(sent, content=content, headers=caller.headers(operation, content, path=signed))

    return call


def test_the_operations_are_those_that_are_tested() -> None:
    assert {*OPERATIONS} == {*DESCRIBED}


@pytest.mark.parametrize("operation", DESCRIBED)
def test_a_service_without_room_throttles(operation: str, call: Any) -> None:
    assert code(call(Overloaded(), operation)) == "ThrottlingException"
    assert "ThrottlingException" in documented(operation)


@pytest.mark.parametrize("operation", DESCRIBED)
def test_a_key_that_asks_for_too_much_is_told_so(operation: str, call: Any) -> None:
    assert code(call(RateLimited(), operation)) == "ProvisionedThroughputExceededException"
    assert "ProvisionedThroughputExceededException" in documented(operation)


@pytest.mark.parametrize("operation", DESCRIBED)
def test_a_service_without_a_database_is_at_fault(operation: str, call: Any) -> None:
    answer = call(DatabaseUnavailable("10.0.0.1 does not answer"), operation)

    assert code(answer) == "InternalServerError"
    assert "10.0.0.1" not in answer.text
    assert "InternalServerError" in documented(operation)


def test_a_bug_is_not_told_to_strangers(call: Any) -> None:
    answer = call(RuntimeError("ana's face"), "ListFaces")

    assert code(answer) == "InternalServerError"
    assert "ana" not in answer.text


@pytest.mark.parametrize("sent", [PATH, PREFIXED])
def test_a_proxy_may_take_the_prefix_off_that_the_client_has_signed(sent: str, call: Any) -> None:
    assert code(call(Overloaded(), "ListFaces", "/face", PREFIXED, sent)) == "ThrottlingException"


@pytest.mark.parametrize(("root_path", "signed"), [("", PREFIXED), ("/other", PREFIXED)])
def test_a_prefix_that_is_not_the_services_is_not_believed(root_path: str, signed: str, call: Any) -> None:
    assert code(call(Overloaded(), "ListFaces", root_path, signed)) == "InvalidSignatureException"


def test_every_error_of_ours_is_one_of_aws() -> None:
    def below(kind: type[FaceReconError]) -> list[type[FaceReconError]]:
        return [kind, *(one for child in kind.__subclasses__() for one in below(child))]

    ours = [kind for kind in below(FaceReconError) if kind.__module__ == errors.__name__]
    codes = {kind.__name__: wire.translate(kind()).code for kind in ours}

    assert codes["CollectionNotFound"] == "ResourceNotFoundException"
    assert codes["SourceDenied"] == "InvalidS3ObjectException"
    assert codes["SourceUnavailable"] == codes["FaceReconError"] == "InternalServerError"
    assert all(wire.translate(kind()).args[0] for kind in ours)


@pytest.mark.parametrize(
    "member_id",
    ["ana", "josé m", "a b", "::", "::ana", "::jos:c3:a9", ":", "%41", "a~b", "a/b", "日本", "::%", "::a:2"],
)
def test_a_name_leads_back_to_its_member(member_id: str) -> None:
    assert names.member(names.user(member_id)) == member_id


def test_different_members_have_different_names() -> None:
    ids = ["é", "::é", "::c3:a9", "::3a:3ac3:3aa9", ":c3:a9", "::C3:A9", "é "]

    assert len({names.user(member_id) for member_id in ids}) == len(ids)


def test_what_has_no_short_enough_name_has_none() -> None:
    assert names.user("é" * 100) == names.image("é" * 100) == ""
    assert names.user("a" * 129) == ""
    assert names.image("a" * 255) == "a" * 255
    assert names.image("") == ""


@pytest.mark.parametrize("last", ["a", "é" * 64, "\n"])
def test_a_token_leads_on_in_its_own_listing_alone(last: str) -> None:
    token = tokens.written("users", last)

    assert token
    assert len(token) <= 255
    assert tokens.read("users", token) == last
    with pytest.raises(wire.AwsError) as refused:
        tokens.read("faces", token)
    assert refused.value.code == "InvalidPaginationTokenException"


@pytest.mark.parametrize("token", ["", "a", "é", "dXNlcnMK", "dXNlcnMKYQ==", "!!!!", "dXNlcnMKYR"])
def test_a_token_that_nobody_wrote_leads_nowhere(token: str) -> None:
    with pytest.raises(wire.AwsError):
        tokens.read("users", token)


def test_the_first_faces_of_a_user_may_be_any_and_later_ones_must_be_alike() -> None:
    known = {face_id: Asked(face_id, "", similarity) for face_id, similarity in (("a", 0.9), ("b", 0.1))}

    first = associable(User("ana", 0), ["a", "b", "b"], known, 0.5)
    later = associable(User("ana", 1), ["a", "b"], known, 0.5)
    full = associable(User("ana", MOST_FACES_OF_USER - 1), ["a", "b"], known, -1)

    assert (first.done, first.refused, first.faces) == (("a", "b"), (), 2)
    assert (later.done, later.faces) == (("a",), 2)
    assert later.refused == (Refused("b", Refusal.UNLIKE, similarity=0.1),)
    assert full.refused == (Refused("b", Refusal.TOO_MANY),)
