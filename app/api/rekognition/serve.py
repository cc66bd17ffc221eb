"""One request: prove it, read it, do it. Imported with the first of them, since botocore takes its time."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Request

from app.api import body as bodies
from app.api import trail
from app.api.body import BodyLimits
from app.api.rekognition import model, names, signature
from app.api.rekognition.call import Call
from app.api.rekognition.operations import OPERATIONS
from app.api.rekognition.operations.collections import Answer
from app.api.rekognition.signature import Claim
from app.api.rekognition.wire import AwsError
from app.domain.access import Caller, Scope
from app.domain.access_keys import Signer
from app.domain.errors import AccessKeyNotFound
from app.services import Services

TARGET = "RekognitionService"


async def serve(request: Request, use: Services, limits: BodyLimits) -> Answer:
    """The answer's members. Raises AwsError, RateLimited, and what the services raise."""
    claim = signature.read(request.headers, datetime.now(UTC))
    signer = await _signer(use, claim)
    # Not before the key is known, and never more than the operation can need: strangers fill no memory.
    operation = _operation(request.headers.get("x-amz-target", ""))
    body = await bodies.read(request, await asyncio.to_thread(_most, operation), limits.seconds)
    # Megabytes are hashed and decoded: not on the event loop.
    given = await asyncio.to_thread(_understood, request, claim, signer, operation, body)
    caller = Caller(f"The access key {claim.access_key_id}", signer.tenant, frozenset())
    with use.throttle.holding(caller):
        await use.throttle.charge(caller, *_price(operation))
        path = trail.of(request)
        path.begin(caller, operation, {})
        path.collection = given.get("CollectionId", "")
        answer = await OPERATIONS[operation](Call(use.rekognition, signer.tenant, claim.region, operation, given))
    path.about(*map(names.member, (*_people(given), *_people(answer))))
    return answer


def _people(members: Mapping[str, Any]) -> Iterator[str]:
    """The users that are named in a request or an answer, as the caller calls them."""
    yield members.get("UserId", "")
    for match in (*members.get("FaceMatches", ()), *members.get("UserMatches", ())):
        yield (match.get("User") or match["Face"]).get("UserId", "")


def _operation(target: str) -> str:
    """The name of the operation, "" for another service's."""
    service, _, operation = target.partition(".")
    return operation if service == TARGET else ""


def _price(operation: str) -> tuple[Scope, int]:
    """Of which allowance it takes how much."""
    if pictures := model.pictures(operation):
        return Scope.ENROLL if operation == "IndexFaces" else Scope.IDENTIFY, pictures
    return Scope.READ if operation.startswith(("Describe", "List", "Search")) else Scope.MANAGE, 1


def _most(operation: str) -> int:
    return model.most_bytes(operation) if operation in OPERATIONS else model.SLACK_BYTES


def _understood(request: Request, claim: Claim, signer: Signer, operation: str, body: bytes) -> model.Given:
    """What is asked, once it is proved who asks it."""
    signature.prove(claim, signer.secret, request.headers, _paths(request), request.url.query, body)
    if operation not in OPERATIONS or request.method != "POST" or request.path_params.get("rest"):
        raise AwsError("UnknownOperationException", "There is no such operation here.")
    return model.read(operation, body)


async def _signer(use: Services, claim: Claim) -> Signer:
    try:
        return await use.access_keys.signer(claim.access_key_id)
    except AccessKeyNotFound:
        raise signature.unknown_key() from None


def _paths(request: Request) -> Sequence[str]:
    """As it came, and as it was before a proxy took the prefix off that it adds for callers."""
    came: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path, root = came.decode("latin-1"), request.scope.get("root_path", "")
    return (path, root + path) if root else (path,)
