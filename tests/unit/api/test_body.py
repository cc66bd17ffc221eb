"""Every way in which clients write a body."""

import asyncio

import pytest
from fastapi import Request

from app.api.body import BodyLimits, Fields, read_fields
from app.domain.errors import BodyTooLarge, BodyTooSlow, FaceReconError, InvalidRequest, UnsupportedMediaType

LIMITS = BodyLimits(image_bytes=1000, seconds=0.2)
MULTIPART = (
    b'--cut\r\nContent-Disposition: form-data; name="member_id"\r\n\r\n123\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="name"\r\n\r\nnull\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n\xff\xd8\r\n--cut--\r\n'
)


async def read(body: bytes, content_type: str | None = None, query: str = "", *, chunk: int = 512) -> Fields:
    headers = [(b"content-type", content_type.encode())] if content_type else []
    chunks = [body[at : at + chunk] for at in range(0, len(body), chunk)] or [b""]
    messages = [
        {"type": "http.request", "body": part, "more_body": n < len(chunks)} for n, part in enumerate(chunks, 1)
    ]

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": query.encode()}
    return await read_fields(Request(scope, receive), LIMITS, images=1)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"member_id": "123", "name": null}', "application/json"),
        (b'{"member_id": "123", "name": "null"}', "application/json; charset=utf-8"),
        (b'{"member_id": "123", "name": ""}', None),
        (b'  {"member_id": "123"}', "text/plain"),
        (b'{"member_id": "123"}', "application/x-www-form-urlencoded"),
        (b'{"member_id": "123"}', "application/vnd.api+json"),
        (b"member_id=123&name=", "application/x-www-form-urlencoded"),
        (b"member_id=123&name=null", None),
    ],
)
async def test_fields_are_read_whatever_the_content_type_says(body: bytes, content_type: str | None) -> None:
    assert await read(body, content_type) == {"member_id": "123"}


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=cut", "multipart/form-data", None])
async def test_multipart_is_read_also_without_a_declared_boundary(content_type: str | None) -> None:
    assert await read(MULTIPART, content_type) == {"member_id": "123", "file": b"\xff\xd8"}


@pytest.mark.parametrize("content_type", ["image/jpeg", "application/octet-stream", None])
async def test_a_bare_picture_is_the_file_and_the_query_holds_the_fields(content_type: str | None) -> None:
    fields = await read(b"\xff\xd8\xff\xe0...", content_type, query="member_id=123&name=")

    assert fields == {"file": b"\xff\xd8\xff\xe0...", "member_id": "123"}


async def test_the_body_wins_over_the_query() -> None:
    assert await read(b'{"top_k": 3}', query="top_k=5&collection=a") == {"top_k": 3, "collection": "a"}


async def test_raw_control_characters_in_json_are_read() -> None:
    assert await read(b'{"name": "Ana\tMaria\x01"}') == {"name": "Ana\tMaria\x01"}


async def test_false_and_zero_are_values() -> None:
    assert await read(b'{"replace": false, "threshold": 0}') == {"replace": False, "threshold": 0}


async def test_an_empty_body_has_no_fields() -> None:
    assert await read(b"") == {}


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b'{"a": ', "application/json", InvalidRequest),
        (b"[1, 2]", "application/json", InvalidRequest),
        (b"\xff\xfe{}", "application/json", InvalidRequest),
        (b"[" * 900, "application/json", InvalidRequest),
        (b"a=%FF\xff", "application/x-www-form-urlencoded", InvalidRequest),
        (b"&".join([b"a=1"] * 90), "application/x-www-form-urlencoded", InvalidRequest),
        (b"--cut\r\nnonsense", "multipart/form-data; boundary=cut", InvalidRequest),
        (MULTIPART.replace(b'"member_id"', b'"file"; filename="b.jpg"'), "multipart/form-data", InvalidRequest),
        (b"<a/>", "application/xml", UnsupportedMediaType),
        (b"x" * 70_000, "application/json", BodyTooLarge),
    ],
)
async def test_what_cannot_be_read_is_refused(body: bytes, content_type: str, error: type[FaceReconError]) -> None:
    with pytest.raises(error):
        await read(body, content_type)


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def drip() -> dict[str, object]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"", "more_body": True}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    with pytest.raises(BodyTooSlow):
        await read_fields(Request(scope, drip), LIMITS, images=1)


async def test_a_declared_length_beyond_the_limit_is_refused_before_the_body_is_kept() -> None:
    seen = 0

    async def flood() -> dict[str, object]:
        nonlocal seen
        seen += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": seen < 50}

    headers = [(b"content-length", b"50000000")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    with pytest.raises(BodyTooLarge, match="66873"):
        await read_fields(Request(scope, flood), LIMITS, images=1)


def test_the_limit_leaves_room_for_base64() -> None:
    assert BodyLimits(15_000_000, 1).bytes_for(1) > 20_000_000
