"""How long and how large the head of a request may be, and how long its end may take: what uvicorn leaves open.

uvicorn begins to time a connection with its first answer, and stops with the next byte. A client that never finishes
its headers would hold a connection for ever, so would one that goes on with a body that was answered long ago, and one
that sends headers without end would fill the memory.
"""

import asyncio
import json
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.domain.errors import FaceReconError, HeadTooLarge, HeadTooSlow

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a further request, to the empty line after its headers."""

HEAD_BYTES = 32_768
"""Bytes after which a head that is not finished is refused. Proxies send some hundred, cookies a few thousand."""

LEFT_SECONDS = 5.0
"""From an answer to the end of a body that it did not wait for. Then we hang up."""


class Connection(HttpToolsProtocol):
    """uvicorn's own, with a clock and a measure for heads, and a clock for what is left of bodies."""

    _clock: asyncio.TimerHandle | None = None
    _left: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._all_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._head += len(data)
        if self._clock and self._head > HEAD_BYTES:
            self._refuse(HeadTooLarge())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._wait()

    def on_headers_complete(self) -> None:
        self._wait_no_more()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._all_came()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The cycle is another one where the next request was sent before this answer.
        if self.cycle.response_complete and self.cycle.more_body and not self.transport.is_closing():
            self._left = self.loop.call_later(LEFT_SECONDS, self.transport.close)

    def _all_came(self) -> None:
        if self._left:
            self._left.cancel()
            self._left = None

    def _wait(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _wait_no_more(self) -> None:
        if self._clock:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._refuse(HeadTooSlow())

    def _refuse(self, error: FaceReconError) -> None:
        self._wait_no_more()
        if self.transport.is_closing():
            return
        if self._head:  # a client that has said nothing waits for nothing
            self.transport.write(_answer(error))
        self.transport.close()


def _answer(error: FaceReconError) -> bytes:
    """Its problem document, without the application: there is no request yet that it could answer."""
    told, status = str(error), HTTPStatus(error.status)
    problem = {"type": f"/problems/{error.slug}", "title": error.title(), "status": status, "detail": told}
    rest = {"code": error.slug, "message": told, "request_id": "", "errors": []}
    body = json.dumps(problem | rest).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
