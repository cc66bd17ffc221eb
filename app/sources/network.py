"""The network as the fetcher sees it: a name is resolved once, judged, and that very address is connected to.

Judging a name first and letting the HTTP client resolve it again would let a name server answer differently the
second time (DNS rebinding). Here there is no second time: TLS is still held against the name, the socket against the
address.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import cast

import httpcore2
import httpx2

from app.domain.errors import SourceForbidden
from app.sources.address import Network, is_public, is_within

WEB_PORTS = (80, 443)
ADDRESSES_TRIED = 3

Origin = tuple[str, int]
"""A host as it stands in the URL, lower case, and a port."""
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, in the system's order. Raises OSError where there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses, to `allow` and to the `trusted` origins; to nothing else.

    One bad address among a name's is enough to refuse it. Ports other than 80 and 443 are for `allow` and `trusted`.
    """

    def __init__(
        self,
        allow: Iterable[Network] = (),
        trusted: Iterable[Origin] = (),
        resolver: Resolver = resolve,
        tcp: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allow = tuple(allow)
        self._trusted = frozenset(trusted)
        self._resolve = resolver
        self._tcp = tcp or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect. Raises SourceForbidden, and httpcore's ConnectError where there is no such host or no answer."""
        error: Exception | None = None
        for address in (await self._judged(host, port))[:ADDRESSES_TRIED]:
            try:
                return await self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
                error = failure
        msg = "no address answered"
        raise httpcore2.ConnectError(msg) from error

    async def _judged(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            msg = "no such host"
            raise httpcore2.ConnectError(msg) from error
        if (host.lower(), port) not in self._trusted:
            self._refuse_private(addresses, port)
        return addresses

    def _refuse_private(self, addresses: Sequence[str], port: int) -> None:
        # The caller never learns which address it was: that would make this service a map of the network it stands in.
        others = [address for address in addresses if not is_within(address, self._allow)]
        if not all(is_public(address) for address in others):
            msg = "The address leads into a network that pictures are not fetched from."
            raise SourceForbidden(msg)
        if others and port not in WEB_PORTS:
            msg = "Pictures are fetched from the ports 80 and 443 only."
            raise SourceForbidden(msg)

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: no URL leads to a file."""
        raise SourceForbidden

    async def sleep(self, seconds: float) -> None:
        await self._tcp.sleep(seconds)


class Transport(httpx2.AsyncBaseTransport):
    """httpx's transport over a network of ours. httpx's own has no place for one; httpcore's pool does."""

    def __init__(
        self, network: httpcore2.AsyncNetworkBackend, tls: ssl.SSLContext, connections: int, keep_alive: int
    ) -> None:
        self.pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=keep_alive,
            keepalive_expiry=10,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it. Raises httpcore's errors as they are: they are translated in one place, `fetch`."""
        url = request.url
        answer = await self.pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=cast("httpx2.AsyncByteStream", request.stream),
                extensions=request.extensions,
            )
        )
        body = _Body(answer)
        return httpx2.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    async def aclose(self) -> None:
        await self.pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self._answer.aiter_stream()) as chunks:
            async for chunk in chunks:
                yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()
