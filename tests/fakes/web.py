"""A web server on 127.0.0.1 that behaves as badly as it is told to. Real sockets, real HTTP."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpcore2

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(
    body: bytes = b"", status: int = 200, content_type: str = "image/jpeg", length: int | None = None, **headers: str
) -> Behaviour:
    """Answer at once. length: what Content-Length says, if not the truth."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, content_type, len(body) if length is None else length, **headers) + body)
        await writer.drain()

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    return reply(b"", status, location=location)


def drip(every: float = 0.1, before: bytes = b"") -> Behaviour:
    """Send `before` at once, and then a byte now and then, for ever."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, "image/jpeg", None) + before)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(every)

    return behave


def endless(chunk: bytes = b"x" * 65536) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, "image/jpeg", None))
        while True:
            writer.write(chunk)
            await writer.drain()

    return behave


async def silent(writer: asyncio.StreamWriter) -> None:
    """Take the request and say nothing."""
    await asyncio.sleep(60)
    writer.close()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Take the request and close the connection."""
    writer.close()


async def slow_head(writer: asyncio.StreamWriter) -> None:
    """Send a status line, and then a header now and then, for ever."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(1000):
        writer.write(f"x-{n}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.1)


def head(status: int, content_type: str, length: int | None, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Told", f"content-type: {content_type}", "connection: close"]
    lines += [f"content-length: {length}"] if length is not None else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class Web:
    """routes: what to do at a path. requests: the heads of the requests that came, in order."""

    routes: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(request)
            path = request.split(" ")[1].partition("?")[0]
            await self.routes.get(path, reply(b"no such page", 404, "text/plain"))(writer)
        writer.close()


@asynccontextmanager
async def serving(web: Web, tls: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        await web.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Names:
    """A name server of ours: each name's answers, one after the other, the last one for ever."""

    answers: dict[str, list[list[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.answers:
            msg = "Name or service not known"
            raise OSError(msg)
        answers = self.answers[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@dataclass
class Wire(httpcore2.AsyncNetworkBackend):
    """What is below the guard: notes every connection, and leads it to the local port `to`, or refuses it."""

    to: int = 0
    connected: list[tuple[str, int]] = field(default_factory=list)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append((host, port))
        if not self.to:
            msg = "nobody there"
            raise httpcore2.ConnectError(msg)
        return await httpcore2.AnyIOBackend().connect_tcp("127.0.0.1", self.to, timeout, local_address, socket_options)
