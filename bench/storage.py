"""A real S3 on 127.0.0.1 with photographs in it, and a way to it that can be made to fail."""

import asyncio
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, serving_s3

BUCKET = "photos"


@dataclass
class Faults:
    """What part of the downloads answer 500, and what part are never answered. A photo once chosen stays so."""

    fail: float = 0.0
    hang: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - a draw
    _fate: dict[bytes, float] = field(default_factory=dict)

    def fate(self, path: bytes) -> str:
        drawn = self._fate.setdefault(path, self.chance.random())
        if drawn < self.fail:
            return "fail"
        return "hang" if drawn < self.fail + self.hang else "pass"


def settings_for(address: str) -> Mapping[str, str]:
    """How the service is told of it."""
    return {"S3_ENDPOINT_URL": address, "S3_ACCESS_KEY_ID": ACCESS_KEY, "S3_SECRET_ACCESS_KEY": SECRET_KEY}


@contextmanager
def photos_in_s3(folder: Path, photos: Mapping[str, bytes]) -> Iterator[str]:
    """Serve the photos under their keys; yield the storage's address."""
    for key, content in photos.items():
        file = folder / BUCKET / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with serving_s3(folder) as address:
        yield address


@contextmanager
def faulty(address: str, faults: Faults) -> Iterator[str]:
    """A door in front of a storage that passes everything on, but for the faults."""
    door, opened = _Door(address, faults), Queue[int]()
    thread = threading.Thread(target=lambda: asyncio.run(door.stand(opened)))
    thread.start()
    try:
        yield f"http://127.0.0.1:{opened.get(timeout=10)}"
    finally:
        door.close()
        thread.join(10)


class _Door:
    """Passes requests on as they are, the Host header with its signature included; one a connection."""

    def __init__(self, address: str, faults: Faults) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._faults = faults

    async def stand(self, opened: "Queue[int]") -> None:
        self._loop, self._closed = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        opened.put(server.sockets[0].getsockname()[1])
        await self._closed.wait()
        server.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._closed.set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b" ", 2)
            path = target.partition(b"?")[0]
            fate = self._faults.fate(path) if method == b"GET" and path.lower().endswith(b".jpg") else "pass"
            await self._answer(fate, head, writer)
        writer.close()

    async def _answer(self, fate: str, head: bytes, writer: asyncio.StreamWriter) -> None:
        if fate == "hang":
            await asyncio.sleep(120)
        elif fate == "fail":
            writer.write(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        else:
            await self._pass(head, writer)

    async def _pass(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(self._host, self._port)
        ours.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        await ours.drain()
        while chunk := await theirs.read(65536):
            writer.write(chunk)
            await writer.drain()
        ours.close()
