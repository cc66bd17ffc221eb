"""The public keys of those who sign users' tokens, as their address shows them."""

import asyncio
import json
import logging
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

import httpcore2
import httpx2
from jwt import PyJWK, PyJWKSet, PyJWTError

from app.domain.errors import SourceForbidden, TokenInvalid, Unavailable
from app.sources.address import Network
from app.sources.network import GuardedNetwork, Transport
from app.sources.target import endpoint, target

KEPT_SECONDS = 600.0
"""How long keys are taken as they are. One that nobody knows is asked for before."""
PAUSE_SECONDS = 10.0
"""Least time between two visits, however many unknown keys tokens name."""
MOST_BYTES = 65_536

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """seconds: longest that a visit may take. allow: private networks that it may lead into."""

    seconds: float = 5
    allow: tuple[Network, ...] = ()


class Jwks:
    """An async context manager. The operator named the address, so it may be a private one; redirects may not."""

    def __init__(self, url: str, rules: Rules, *, tls: ssl.SSLContext | None = None) -> None:
        network = GuardedNetwork(rules.allow, (endpoint(url),))
        tls = tls or httpx2.create_ssl_context(trust_env=False)
        self._client = httpx2.AsyncClient(transport=Transport(network, tls, 1, keep_alive=0), trust_env=False)
        self._url = target(url)
        self._seconds = rules.seconds
        self._keys: Mapping[str, PyJWK] = {}
        self._until = self._next = 0.0
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def key(self, kid: str) -> PyJWK:
        """The key of that id. Raises TokenInvalid where there is none, Unavailable where nobody could say."""
        async with self._turn:
            if kid not in self._keys or monotonic() >= self._until:
                await self._refresh()
        if found := self._keys.get(kid):
            return found
        if not self._keys:
            msg = "Those who sign users' tokens cannot be asked for their keys."
            raise Unavailable(msg)
        raise TokenInvalid

    async def _refresh(self) -> None:
        """Fetch the keys, unless that was done just now. Where it fails, those that are known stay."""
        if monotonic() < self._next:
            return
        self._next = monotonic() + PAUSE_SECONDS
        try:
            async with asyncio.timeout(self._seconds):
                self._keys = _usable(await self._fetch())
        except (TimeoutError, OSError, ValueError, SourceForbidden, httpx2.HTTPError, *NETWORK) as error:
            _log.warning("the keys of users' tokens could not be fetched: %s", type(error).__name__)
        else:
            self._until = monotonic() + KEPT_SECONDS

    async def _fetch(self) -> bytes:
        async with self._client.stream("GET", self._url, follow_redirects=False) as answer:
            answer.raise_for_status()
            taken = b""
            async for chunk in answer.aiter_bytes():
                taken += chunk
                if len(taken) > MOST_BYTES:
                    raise ValueError
        return taken


NETWORK = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException)


def _usable(body: bytes) -> dict[str, PyJWK]:
    """The keys of a set (RFC 7517), by id. Raises ValueError where it is none."""
    try:
        return {str(key.key_id): key for key in _signing(PyJWKSet.from_dict(json.loads(body)).keys)}
    except (PyJWTError, AttributeError, TypeError, KeyError) as error:
        raise ValueError from error


def _signing(keys: Iterable[PyJWK]) -> Iterable[PyJWK]:
    return (key for key in keys if key.key_id and key.public_key_use in (None, "sig"))
