"""`Idempotency-Key`: a write that is sent twice is done once, and answered twice.

What the write did and its answer are one transaction: whatever dies in between, either both are there or neither is.
Source of the header: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from hashlib import sha256

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.domain.errors import FaceReconError, InvalidRequest
from app.domain.idempotency import LONGEST_KEY, Answer, OnceKey
from app.services import Services

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN_RULES = ("/rekognition",)
"""What has another protocol, with tokens of its own."""
_SAME_AGAIN = "/erasure"
"""Does nothing the second time and answers the same by itself. What is kept of it would name whom it made forgotten."""


class Idempotency:
    """Lets a request with a key through once. Who calls is found out here too: a key belongs to its caller."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        key = headers.get("idempotency-key", "")
        if not key or scope["method"] not in _WRITES or _needs_none(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            once = await _once(scope, headers, key)
            await self._once(once, scope, receive, send)
        except FaceReconError as error:
            scope["state"]["trail"].outcome = error.slug
            await problems.answer(error)(scope, receive, send)

    async def _once(self, once: OnceKey, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services = scope["state"]["services"]
        request, answered = _Digested(receive), _Held()
        async with services.answers.once(once) as attempt:
            if attempt.kept:
                attempt.kept.require(once.route, await request.digest())
                await _again(attempt.kept)(scope, receive, answered)
            else:
                await self.app(scope, request, answered)
                if answered.is_success:
                    await attempt.keep(answered.answer(once.route, await request.digest()))
        await answered.release(send)


def _needs_none(path: str) -> bool:
    return path.startswith(_OWN_RULES) or path.endswith(_SAME_AGAIN)


async def _once(scope: Scope, headers: Headers, key: str) -> OnceKey:
    """Raises InvalidRequest, and what `Services.authenticate` raises."""
    if len(key) > LONGEST_KEY or not key.isprintable():
        msg = f"The Idempotency-Key must be at most {LONGEST_KEY} printable characters."
        raise InvalidRequest(msg)
    services: Services = scope["state"]["services"]
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    shown = headers.get("x-api-key", "") or (bearer if scheme.lower() == "bearer" else "")
    caller = await services.authenticate(shown, headers.get("x-tenant", ""))
    query = scope["query_string"].decode("latin-1")
    return OnceKey(caller.tenant, caller.name, key, f"{scope['method']} {scope['path']}?{query}")


class _Digested:
    """A `receive` that remembers the digest of what it passed on."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._sha = sha256()
        self._more = True

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._sha.update(message.get("body", b""))
            self._more = message.get("more_body", False)
        else:
            self._more = False
        return message

    async def digest(self) -> str:
        """Of the whole body, in hex; what nobody has asked for is read and thrown away."""
        while self._more:
            await self()
        return self._sha.hexdigest()


class _Held:
    """A `send` that holds the answer back until it is known to be true."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self._messages.append(message)

    @property
    def is_success(self) -> bool:
        return 200 <= int(self._messages[0]["status"]) < 300  # noqa: PLR2004

    def answer(self, route: str, digest: str) -> Answer:
        start, *rest = self._messages
        media_type = Headers(raw=list(start["headers"])).get("content-type", "")
        body = b"".join(message.get("body", b"") for message in rest)
        return Answer(route, digest, start["status"], media_type, body)

    async def release(self, send: Send) -> None:
        for message in self._messages:
            await send(message)


def _again(answer: Answer) -> Response:
    headers = {"Idempotency-Replayed": "true"}
    return Response(answer.body, answer.status, headers, media_type=answer.media_type or None)
