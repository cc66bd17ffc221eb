"""Read a request's body, whatever its encoding, into named fields. Never more of it than is allowed.

Clients differ: FlutterFlow leaves content types out, sends the text `null` for what is unset and raw control
characters inside JSON strings; `curl -d` calls everything a form. So the body is judged by its first bytes as well.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.domain.errors import BodyTooLarge, BodyTooSlow, InvalidRequest, UnsupportedMediaType

Fields = dict[str, Any]

_MAX_FIELDS = 64
_MAX_PARTS = 1024  # as many as the largest batch has pictures, and some fields beside them
_SLACK_BYTES = 65_536  # for the fields beside the pictures, and multipart's own lines
_A_FEW = 2  # pictures that are one question; more of them are a batch
_DRAIN_SECONDS = 1.0
_ABSENT = ("", "null", None, b"")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """image_bytes: of one picture; seconds: longest that a body may take to arrive.

    batch: most pictures of one call, batch_bytes: of all of them together.
    """

    image_bytes: int
    seconds: float
    batch: int = 20
    batch_bytes: int = 100_000_000

    def bytes_for(self, images: int) -> int:
        """Room for that many pictures as base64, which is the longest way to send them."""
        room = images * (self.image_bytes * 4 // 3 + 4)
        return (min(room, self.batch_bytes) if images > _A_FEW else room) + _SLACK_BYTES


async def read_fields(request: Request, limits: BodyLimits, images: int, lists: Collection[str] = ()) -> Fields:
    """The fields of query and body, the body's winning. Empty ones and the text `null` count as absent.

    lists: the parts of a multipart body that may stand more than once; each is a list of what stood there.
    Raises BodyTooLarge, BodyTooSlow, UnsupportedMediaType, InvalidRequest.
    """
    body = await read(request, limits.bytes_for(images), limits.seconds)
    fields = {**dict(request.query_params), **await _parse(body, request.headers.get("content-type", ""), lists)}
    return {name: value for name, value in fields.items() if _present(value)}


def _present(value: object) -> bool:
    return not any(value is absent or (type(value) is type(absent) and value == absent) for absent in _ABSENT)


async def read(request: Request, most: int, seconds: float) -> bytes:
    """All of the body, if it has at most so many bytes and arrives in time. Raises BodyTooLarge, BodyTooSlow."""
    declared = request.headers.get("content-length", "0")
    chunks = request.stream()
    try:
        async with asyncio.timeout(seconds):
            if declared.isdigit() and int(declared) <= most:
                return await _collect(chunks, most)
            await _refuse(chunks, most)
    except TimeoutError:
        msg = f"The body took longer than {seconds:g} s to arrive."
        raise BodyTooSlow(msg) from None
    raise AssertionError  # pragma: no cover: _refuse always raises


async def _collect(chunks: AsyncIterator[bytes], most: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            body.clear()
            await _refuse(chunks, most)
    return bytes(body)


async def _refuse(chunks: AsyncIterator[bytes], most: int) -> None:
    # Hanging up on a client that is still sending makes it miss the answer, so what follows is read for a moment and
    # thrown away.
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in chunks:
                pass
    msg = f"The body is larger than {most} bytes, the most that this endpoint reads."
    raise BodyTooLarge(msg)


async def _parse(body: bytes, content_type: str, lists: Collection[str]) -> Fields:
    if not body:
        return {}
    kind = _kind(body, content_type)
    if kind == "application/json":
        return _json(body)
    if kind == "multipart/form-data":
        return await _multipart(body, content_type, lists)
    if kind == "application/x-www-form-urlencoded":
        return _form(body)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return {"file": body}
    msg = f"{kind} is not read here; send JSON, a form, multipart or a picture."
    raise UnsupportedMediaType(msg)


def _kind(body: bytes, content_type: str) -> str:
    """The media type as declared, unless the body plainly is something else."""
    declared = content_type.partition(";")[0].strip().lower()
    start = body[:64].lstrip()
    if declared in ("", "text/plain", "application/x-www-form-urlencoded"):
        if start.startswith(b"{"):
            return "application/json"
        if start.startswith(b"--"):
            return "multipart/form-data"
    if declared in ("", "text/plain"):
        return "application/x-www-form-urlencoded" if _is_form(body) else "application/octet-stream"
    return "application/json" if declared.endswith("+json") else declared


def _is_form(body: bytes) -> bool:
    head = body[:256]
    return b"=" in head and head.isascii() and head.decode("ascii").isprintable()


def _json(body: bytes) -> Fields:
    try:
        fields = json.loads(body, strict=False)
    except (ValueError, RecursionError) as error:
        msg = f"The body is not JSON: {error}."
        raise InvalidRequest(msg) from None
    if not isinstance(fields, dict):
        msg = "The body must be a JSON object."
        raise InvalidRequest(msg)
    return fields


def _form(body: bytes) -> Fields:
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError as error:
        msg = f"The form cannot be read: {error}."
        raise InvalidRequest(msg) from None


async def _multipart(body: bytes, content_type: str, lists: Collection[str]) -> Fields:
    boundary = _boundary(body, content_type)
    if not body.rstrip().endswith(f"--{boundary}--".encode("latin-1")):
        # The parser would drop the fields of an unfinished part in silence, a threshold among them.
        msg = "The multipart body ends before its last boundary."
        raise InvalidRequest(msg)
    headers = Headers({"content-type": f'multipart/form-data; boundary="{boundary}"'})
    parser = _InMemoryParser(headers, _once(body), max_files=_MAX_PARTS, max_fields=_MAX_PARTS, max_part_size=len(body))
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        msg = f"The multipart body cannot be read: {getattr(error, 'message', error)}."
        raise InvalidRequest(msg) from None
    try:
        return await _parts(form.multi_items(), lists)
    finally:
        await form.close()


async def _parts(items: list[tuple[str, UploadFile | str]], lists: Collection[str]) -> Fields:
    fields: Fields = {}
    for name, value in items:
        content = await value.read() if isinstance(value, UploadFile) else value
        if name in lists:
            fields.setdefault(name, []).append(content)
            continue
        if isinstance(content, bytes) and fields.get(name):
            msg = f"The part {name} stands more than once."
            raise InvalidRequest(msg)
        fields[name] = content
    return fields


def _boundary(body: bytes, content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    first_line = body.lstrip().split(b"\r\n", 1)[0][2:]
    return message.get_boundary() or first_line.decode("latin-1")


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


class _InMemoryParser(MultiPartParser):
    """Pictures of people are never spooled to a disk; the body's limit bounds the memory."""

    spool_max_size = 1 << 40
