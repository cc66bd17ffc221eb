"""Somebody who is told of events: a web server on 127.0.0.1 that can be down, and behaves as badly as it is told to."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from tests.fakes.web import Behaviour, reply

TAKEN = reply(b"thank you", 200, "text/plain")


@dataclass(frozen=True)
class Told:
    """A request that came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """What it says, if it is signed with the secret. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """behaviours: what it does with the next requests, in order; `then`: with all later ones. told: what came."""

    behaviours: list[Behaviour] = field(default_factory=list)
    then: Behaviour = TAKEN
    told: list[Told] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    async def start(self) -> None:
        """Listen, at the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until(self, count: int, seconds: float = 30) -> None:
        """Wait until so many requests came."""
        async with asyncio.timeout(seconds):
            while len(self.told) < count:  # noqa: ASYNC110 - requests come by sockets
                await asyncio.sleep(0.02)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.told.append(await _read(reader))
            await (self.behaviours.pop(0) if self.behaviours else self.then)(writer)
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Told:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    headers = {name.lower(): value for name, value in re.findall(r"^([\w-]+): (.*?)\r$", head, re.MULTILINE)}
    return Told(headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def receiving(*behaviours: Behaviour, then: Behaviour = TAKEN) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(behaviours), then)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()
