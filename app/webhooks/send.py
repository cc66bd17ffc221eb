"""A parcel becomes a POST to whoever is told: signed, timed, to public addresses over https, or into own networks."""

import asyncio
import json
import ssl
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from app import tracing
from app.domain.errors import DeliveryRefused, ReceiverUnavailable, SourceForbidden
from app.domain.webhooks import Parcel
from app.sources.address import Network, is_within
from app.sources.network import GuardedNetwork, Resolver, Transport, resolve
from app.sources.target import target
from app.webhooks.sign import signed

HEADERS = {"content-type": "application/json", "user-agent": "svc-face-recon-webhooks", "accept-encoding": "identity"}
CONNECTIONS = 64
ANSWER_BYTES = 4096
ANSWER_SECONDS = 1.0
"""What is read of an answer's body, and for how long: nothing of it counts, but hanging up looks like a failure."""
NO_LIMIT = httpx2.Timeout(None)  # the clock here covers all of it, httpx's starts again with every read
UNREACHABLE = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError)


@dataclass(frozen=True, slots=True)
class Rules:
    """seconds: until the head of the answer is there. allow: private networks that may be told, over plain http too."""

    seconds: float = 10
    allow: tuple[Network, ...] = ()


class WebhookSender:
    """See event_ports.Carrier; an async context manager. Redirects are not followed: they are no answer."""

    def __init__(
        self,
        rules: Rules,
        *,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        tcp: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        async def resolve_own(host: str, port: int) -> Sequence[str]:
            addresses = await resolver(host, port)
            if not all(is_within(address, rules.allow) for address in addresses):
                raise SourceForbidden
            return addresses

        self._rules = rules
        tls = tls or httpx2.create_ssl_context(trust_env=False)
        self._clients = {
            "https": _client(GuardedNetwork(rules.allow, (), resolver, tcp), tls),
            "http": _client(GuardedNetwork(rules.allow, (), resolve_own, tcp), tls),
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def carry(self, parcel: Parcel) -> int:
        """The status of the receiver that took it, 200–299. Raises DeliveryRefused, ReceiverUnavailable.

        What the receiver answered, if it did, is the error's `answered`.
        """
        answer = await self._answer(parcel)
        try:
            await _glance(answer)
        finally:
            await answer.aclose()
        return _taken(answer.status_code)

    async def _answer(self, parcel: Parcel) -> httpx2.Response:
        """Begin a visit; the body of the answer is still to come."""
        try:
            async with asyncio.timeout(self._rules.seconds):
                return await self._post(parcel)
        except TimeoutError as error:
            msg = f"The receiver did not answer within {self._rules.seconds:g} seconds."
            raise ReceiverUnavailable(msg) from error
        except UNREACHABLE as error:
            msg = "The receiver cannot be reached."
            raise ReceiverUnavailable(msg) from error
        except SourceForbidden as error:
            msg = "The address may not be used: a public one over https, or one in WEBHOOK_ALLOW_NETWORKS."
            raise DeliveryRefused(msg) from error

    async def _post(self, parcel: Parcel) -> httpx2.Response:
        url = target(parcel.url)
        body = json.dumps(parcel.message, ensure_ascii=False, separators=(",", ":"))
        headers = HEADERS | signed(parcel.secret, parcel.event_id, body, datetime.now(UTC)) | tracing.carried()
        client = self._clients[url.scheme]
        request = client.build_request("POST", url, headers=headers, content=body.encode())
        return await client.send(request, stream=True, follow_redirects=False)


def _taken(status: int) -> int:
    """The status, where it means that the event was taken. What else it means is said by the error."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return status
    if status == HTTPStatus.GONE:
        msg = "The receiver answered 410: it wants to be told no more."
        raise DeliveryRefused(msg, answered=status)
    msg = f"The receiver answered {status}."
    raise ReceiverUnavailable(msg, answered=status)


async def _glance(answer: httpx2.Response) -> None:
    """Read the beginning of a body that nobody wants. The status has been said, whatever comes of this."""
    taken = 0
    with suppress(TimeoutError, *UNREACHABLE):
        async with asyncio.timeout(ANSWER_SECONDS), aclosing(answer.aiter_raw()) as chunks:
            async for chunk in chunks:
                taken += len(chunk)
                if taken >= ANSWER_BYTES:
                    return


def _client(network: GuardedNetwork, tls: ssl.SSLContext) -> httpx2.AsyncClient:
    # A connection is never used twice: what the receiver's name meant then says nothing about now.
    transport = Transport(network, tls, CONNECTIONS, keep_alive=0)
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=()))  # one client serves all tenants
    return httpx2.AsyncClient(transport=transport, timeout=NO_LIMIT, trust_env=False, cookies=no_cookies)
