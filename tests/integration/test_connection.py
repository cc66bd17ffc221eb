"""Clients that are slow or endless over their headers, or over a body that was answered, on real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from app import connection
from app.connection import HEAD_BYTES, Connection

HEAD = b"GET / HTTP/1.1\r\nhost: x\r\n"
LONG = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"
"""A request whose body is still to come."""


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """The whole application."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def calling() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    config = uvicorn.Config(hello, port=0, http=Connection, log_config=None, lifespan="off", server_header=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(connection, "LEFT_SECONDS", 0.3)


async def drip(writer: asyncio.StreamWriter, beginning: bytes = HEAD) -> None:
    writer.write(beginning)
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.05)


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    """Status and problem of the last answer of a connection."""
    async with asyncio.timeout(5):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


async def test_a_head_that_does_not_end_in_time_is_given_up() -> None:
    async with calling() as (reader, writer):
        writer.write(HEAD)

        status, problem = await answer(reader)

    assert (status, problem["code"]) == (408, "head_too_slow")


async def test_a_byte_now_and_then_does_not_help() -> None:
    async with calling() as (reader, writer):
        asking = asyncio.create_task(drip(writer))
        status, _ = await answer(reader)
        asking.cancel()

    assert status == 408


async def test_who_says_nothing_is_told_nothing() -> None:
    async with calling() as (reader, _), asyncio.timeout(5):
        assert await reader.read() == b""


async def test_headers_without_end_are_refused() -> None:
    async with calling() as (reader, writer):
        writer.write(HEAD + b"x: " + b"y" * 2 * HEAD_BYTES)

        status, problem = await answer(reader)

    assert (status, problem["code"]) == (431, "head_too_large")


async def test_a_connection_may_be_used_again_and_its_next_head_is_timed_too() -> None:
    async with calling() as (reader, writer):
        for _ in range(3):
            writer.write(HEAD + b"\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.15)

        writer.write(HEAD)
        status, _ = await answer(reader)

    assert status == 408


async def test_a_long_body_is_no_long_head() -> None:
    async with calling() as (reader, writer):
        size = 4 * HEAD_BYTES
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)

        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")


async def test_whoever_goes_on_with_a_body_that_was_answered_is_hung_up_on() -> None:
    async with calling() as (reader, writer):
        sending = asyncio.create_task(drip(writer, LONG))
        await reader.readuntil(b"hello")

        async with asyncio.timeout(2):
            assert await reader.read() == b""
        sending.cancel()


async def test_whoever_ends_it_soon_may_ask_again() -> None:
    async with calling() as (reader, writer):
        for _ in range(3):
            writer.write(LONG)
            await reader.readuntil(b"hello")
            await asyncio.sleep(0.15)
            writer.write(b"x" * 100)
