"""The one way by which remote bytes come in: capped, timed, and only from where they may come."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from app.domain.errors import (
    FaceReconError,
    ImageTooLarge,
    SourceDenied,
    SourceForbidden,
    SourceNotAnImage,
    SourceNotFound,
    SourceRefused,
    SourceTooSlow,
    SourceUnavailable,
    SourceUnreachable,
)
from app.sources.address import Network
from app.sources.ask import Answer, Ask
from app.sources.network import GuardedNetwork, Origin, Resolver, Transport, resolve
from app.sources.pace import Pace
from app.sources.target import origin, target

USER_AGENT = "svc-face-recon"
HEADERS = {"user-agent": USER_AGENT, "accept": "image/*, */*;q=0.5", "accept-encoding": "identity"}
ERROR_BODY_BYTES = 8192
CONNECTIONS = 50
NO_LIMIT = httpx2.Timeout(None)  # the clock here covers the whole answer, httpx's starts again with every read

UNREACHABLE = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError)

Explain = Callable[[int, bytes], FaceReconError]
"""Turns a refusal's status and the beginning of its body into the error that the caller is shown."""

for _noisy in ("httpx2", "httpcore2"):
    # They log whole URLs, and in the query of a signed one stands its signature.
    logging.getLogger(_noisy).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Rules:
    """Caps of one fetch. A source slower than `min_bytes_per_second` for about a second is cut off; 0: never."""

    max_bytes: int = 15_000_000
    timeout_seconds: float = 15
    first_byte_seconds: float = 5
    min_bytes_per_second: int = 16_384
    max_redirects: int = 4
    allow_networks: tuple[Network, ...] = ()


def by_status(status: int, body: bytes) -> FaceReconError:  # noqa: ARG001 - an Explain
    """Tell what a status means for the picture, of a host of which nothing else is known."""
    if status in (404, 410):
        return SourceNotFound()
    if status in (401, 403):
        return SourceDenied()
    if status in (408, 429) or status >= 500:  # noqa: PLR2004
        return SourceUnavailable(f"The image source answered {status}.")
    return SourceRefused(f"The image source answered {status}.")


class Fetcher:
    """Reads pictures over HTTP; an async context manager.

    `trusted` are the origins that the operator has configured: those very hosts and ports may be private, but only
    for `read(trusted=True)`, never for a caller's URL and never for another host that they redirect to.
    """

    def __init__(
        self,
        rules: Rules,
        trusted: Iterable[Origin] = (),
        *,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        tcp: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._rules = rules
        self._trusted = frozenset(trusted)
        tls = tls or httpx2.create_ssl_context(trust_env=False)
        guarded = GuardedNetwork(rules.allow_networks, (), resolver, tcp)
        own = GuardedNetwork(rules.allow_networks, self._trusted, resolver, tcp)
        # A connection to a stranger is never used twice: what its name meant then says nothing about now.
        self._strangers = _client(Transport(guarded, tls, CONNECTIONS, keep_alive=0))
        self._own = _client(Transport(own, tls, CONNECTIONS, keep_alive=CONNECTIONS))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._strangers.aclose()
        await self._own.aclose()

    async def read(self, url: str, *, trusted: bool = False, explain: Explain = by_status) -> bytes:
        """Return the body of a GET, redirects followed.

        Raises ImageTooLarge, SourceRefused (each kind) and SourceUnavailable; `explain` chooses among them where the
        source answers with an error.
        """
        return (await self.ask(Ask(url), trusted=trusted, explain=explain)).body

    async def ask(self, ask: Ask, *, trusted: bool = False, explain: Explain = by_status) -> Answer:
        """Send a request of any kind, and return the answer. Raises what `read` raises."""
        deadline = asyncio.get_running_loop().time() + self._rules.timeout_seconds
        try:
            return await self._follow(ask, deadline, trusted=trusted, explain=explain)
        except TimeoutError as error:
            raise SourceTooSlow from error
        except UNREACHABLE as error:
            raise (SourceUnavailable() if trusted else SourceUnreachable()) from error

    async def _follow(self, ask: Ask, deadline: float, *, trusted: bool, explain: Explain) -> Answer:
        for _ in range(self._rules.max_redirects + 1):
            answer = await self._begin(ask, deadline, trusted=trusted)
            try:
                if ask.changes or not answer.has_redirect_location:
                    return Answer(await self._body(ask, answer, deadline, explain), answer.headers)
            finally:
                await answer.aclose()
            ask = ask.redirected(answer.headers["location"])
        msg = f"The address redirects more than {self._rules.max_redirects} times."
        raise SourceForbidden(msg)

    async def _begin(self, ask: Ask, deadline: float, *, trusted: bool) -> httpx2.Response:
        url = target(ask.url)
        own = trusted and origin(url) in self._trusted
        client = self._own if own else self._strangers
        first_byte = asyncio.get_running_loop().time() + self._rules.first_byte_seconds
        request = client.build_request(ask.method, url, headers=ask.headers, content=ask.content or None)
        async with asyncio.timeout_at(deadline if ask.changes else min(first_byte, deadline)):
            return await client.send(request, stream=True, follow_redirects=False)

    async def _body(self, ask: Ask, answer: httpx2.Response, deadline: float, explain: Explain) -> bytes:
        if not answer.is_success:
            raise explain(answer.status_code, await self._beginning(answer, deadline))
        if ask.method == "HEAD":
            return b""
        most = ask.max_bytes or self._rules.max_bytes
        _check_headers(answer.headers, most)
        body = await self._stream(answer, most + 1, deadline)
        if len(body) > most:
            raise _too_large(most)
        return body

    async def _beginning(self, answer: httpx2.Response, deadline: float) -> bytes:
        try:
            return await self._stream(answer, ERROR_BODY_BYTES, deadline)
        except (TimeoutError, httpcore2.NetworkError, httpcore2.ProtocolError):
            return b""  # the status has been said; a body that does not come changes nothing about it

    async def _stream(self, answer: httpx2.Response, most: int, deadline: float) -> bytes:
        clock = asyncio.get_running_loop().time
        pace = Pace(self._rules.min_bytes_per_second, clock(), deadline)
        body = bytearray()
        async with asyncio.timeout_at(pace.until) as limit, aclosing(answer.aiter_raw()) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) >= most:
                    break
                pace.took(len(chunk), clock())
                limit.reschedule(pace.until)
        return bytes(body)


def _client(transport: Transport) -> httpx2.AsyncClient:
    # One client serves all callers, so that a cookie one of them was given must not go out with another's request.
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))
    return httpx2.AsyncClient(
        transport=transport, headers=HEADERS, cookies=no_cookies, trust_env=False, timeout=NO_LIMIT
    )


def _check_headers(headers: Mapping[str, str], max_bytes: int) -> None:
    # A body that must be unpacked first may unpack to anything: it was asked for as it is.
    if headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        msg = "The source sends the picture compressed, which was not asked for."
        raise SourceRefused(msg)
    if headers.get("content-type", "").partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        raise SourceNotAnImage
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> ImageTooLarge:
    return ImageTooLarge(f"The picture is larger than the {max_bytes} bytes that are read.", max_bytes=max_bytes)
