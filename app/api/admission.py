"""Refuse calls with pictures that cannot be answered in time: before they are read, and before anybody asks who calls.

Which calls have pictures is seen from what their routes read, so that no new route can be forgotten.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

from fastapi import FastAPI, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import problems
from app.api.accepts import Reader
from app.api.rekognition import route as rekognition
from app.domain.errors import Overloaded
from app.services import Services
from app.services.admit import Place

SHORT_BYTES = 65_536
"""A body that is no longer has mostly arrived with its head: the connection can be used again."""
DRAIN_SECONDS, DRAIN_BYTES = 1.0, 20_000_000
"""How much of a longer one is thrown away before we hang up: the largest picture, if it comes quickly."""


def carrying(app: FastAPI) -> Iterator[re.Pattern[str]]:
    """The paths of all POST routes that read pictures."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and "POST" in (context.methods or ()):
            reads = [part.call for part in context.dependant.dependencies]
            if any(isinstance(read, Reader) and read.images for read in reads):
                yield context.path_regex


class Admission:
    """Holds a place for each call with pictures. paths: see `carrying`."""

    def __init__(self, app: ASGIApp, paths: Sequence[re.Pattern[str]]) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not self._carries(scope):
            await self.app(scope, receive, send)
            return
        services: Services = scope["state"]["services"]
        with ExitStack() as held:
            try:
                place = held.enter_context(services.admit())
            except Overloaded as error:
                await _refuse(error, scope, receive, send)
                return
            await self.app(scope, _patient(receive, place), send)

    def _carries(self, scope: Scope) -> bool:
        path = _path(scope)
        return any(one.match(path) for one in self.paths) or rekognition.carries(path, Headers(scope=scope))


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _patient(receive: Receive, place: Place) -> Receive:
    """A sender who takes their time holds no place meanwhile."""

    async def received() -> dict[str, object]:
        with place.elsewhere():
            return dict(await receive())

    return received


async def _refuse(error: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
    answer, headers = _answer(error, scope), Headers(scope=scope)
    if _is_short(headers):
        await answer(scope, receive, send)
        return
    # Whoever is still sending when we hang up may never see the answer: it goes out first, and is ended later.
    answer.headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    if "expect" not in headers:  # who asks first has sent nothing
        await _drain(receive)
    await send({"type": "http.response.body", "body": b""})


def _answer(error: Overloaded, scope: Scope) -> Response:
    return rekognition.refusal(error) if rekognition.is_ours(_path(scope)) else problems.answer(error)


def _is_short(headers: Headers) -> bool:
    declared = headers.get("content-length", "")
    if not declared:
        return "transfer-encoding" not in headers
    return declared.isdigit() and int(declared) <= SHORT_BYTES and "expect" not in headers


async def _drain(receive: Receive) -> None:
    left = DRAIN_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if not message.get("more_body"):
                    return
                left -= len(message["body"])
