"""Every kind of bad input gets a problem of its own, in time, and leaves nothing behind."""

import base64
import io
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from PIL import Image

from bench.photos import People
from bench.service import Service
from tests.fakes.web import Web, drip, endless, redirect, reply, serving, silent

LIMIT_SECONDS = 2.0

HOSTILE = [
    "http://127.0.0.1:22/",  # not a port for pictures, were it not for the test's own setting
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::]/",
    "http://[64:ff9b::a00:1]/",
    "http://[2002:a00:1::]/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://167772161/",
    "http://0x0a000001/",
    "http://012.0.0.1/",
    "http://10.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user:secret@example.com/",
    "http://example.com:6379/",
    "file:///etc/passwd",
    "ftp://example.com/a.jpg",
    "gopher://example.com/",
    "javascript:alert(1)",
    "http://",
    "//example.com/a.jpg",
    "not a url",
]


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=service.url, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with serving(Web()) as web:
        yield web


async def kept(http: httpx2.AsyncClient) -> dict[str, int]:
    counts: dict[str, int] = (await http.get("/ops/status")).json()["counts"]
    return counts


async def refused(http: httpx2.AsyncClient, path: str, **request: Any) -> dict[str, Any]:
    """The problem that a request ends in, once it is seen that it came in time and wrote nothing."""
    before, began = await kept(http), time.monotonic()

    answer = await http.post(path, **request)

    assert time.monotonic() - began < LIMIT_SECONDS
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert 400 <= answer.status_code < 500, problem
    assert problem["status"] == answer.status_code
    assert problem["message"] == problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert await kept(http) == before
    return problem


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height)).save(out, "PNG")
    return out.getvalue()


def cut(path: Path) -> bytes:
    content = path.read_bytes()
    return content[: len(content) * 2 // 3]


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (lambda _: b"this is no picture, however long one looks at it", "image_unreadable"),
        (lambda images: cut(images / "hard/hopper.jpg"), "image_unreadable"),
        (lambda images: (images / "hard/truncated_jpeg.jpg").read_bytes(), "image_unreadable"),
        (lambda images: (images / "hard/truncated_image.png").read_bytes(), "image_unreadable"),
        (lambda images: (images / "hard/truncated.heic").read_bytes(), "image_unreadable"),
        (lambda images: (images / "hard/corrupted.heic").read_bytes(), "image_unreadable"),
        (lambda images: (images / "hard/decompression_bomb.gif").read_bytes(), "image_too_large"),
        (lambda _: png(12000, 12000), "image_too_large"),
        (lambda _: png(7141, 7142), "image_too_large"),
        (lambda _: b"\xff\xd8" + bytes(15_000_001), "image_too_large"),
        (lambda _: png(640, 480), "no_face"),
        (lambda images: (images / "groups/friends_6faces.jpg").read_bytes(), "multiple_faces"),
        (lambda _: b"", "image_missing"),
    ],
)
async def test_a_bad_picture_is_refused(
    http: httpx2.AsyncClient, images: Path, picture: Callable[[Path], bytes], code: str
) -> None:
    problem = await refused(http, "/enroll", data={"member_id": "x"}, files={"file": ("a.jpg", picture(images))})

    assert problem["code"] == code


async def test_a_picture_of_several_faces_comes_back_with_their_boxes(http: httpx2.AsyncClient, images: Path) -> None:
    group = (images / "groups/friends_6faces.jpg").read_bytes()

    problem = await refused(http, "/enroll", data={"member_id": "x"}, files={"file": group})

    assert len(problem["faces"]) == 6
    assert set(problem["faces"][0]["box"]) == {"left", "top", "width", "height"}


async def test_a_poor_face_comes_back_with_the_reasons(http: httpx2.AsyncClient, everybody: People) -> None:
    photo = Image.open(io.BytesIO(everybody["Venus_Williams"][0]())).resize((80, 80)).resize((250, 250))
    out = io.BytesIO()
    photo.point(lambda value: value // 5).save(out, "JPEG")

    problem = await refused(http, "/enroll", data={"member_id": "x"}, files={"file": out.getvalue()})

    assert problem["code"] == "low_quality"
    assert {"blurred", "dark"} & set(problem["quality"]["reasons"])


@pytest.mark.parametrize(
    ("path", "request_", "code"),
    [
        ("/enroll", {"json": {"member_id": "x", "image_base64": "!!! not base64 !!!"}}, "invalid_base64"),
        ("/enroll", {"json": {"member_id": "x"}}, "image_missing"),
        ("/enroll", {"json": {"member_id": "x", "image_url": "http://a/", "supabase_path": "b"}}, "image_ambiguous"),
        ("/enroll", {"json": {"image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "a\0b", "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "a/../b", "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "x" * 256, "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": ["x"], "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "x", "metadata": "[1]", "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "x", "metadata": {"a": "\0"}, "image_url": "http://a"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "x", "collection": "a b", "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"json": {"member_id": "x", "replace": "perhaps", "image_url": "http://a/"}}, "invalid_request"),
        ("/enroll", {"content": b'{"member_id": "\\ud800", "image_url": "http://a/"}'}, "invalid_request"),
        ("/identify", {"json": {"top_k": 10**9, "image_url": "http://a/"}}, "invalid_request"),
        ("/identify", {"json": {"top_k": "many", "image_url": "http://a/"}}, "invalid_request"),
        ("/identify", {"content": b'{"threshold": NaN, "image_url": "http://a/"}'}, "invalid_request"),
        ("/identify", {"json": {"threshold": 1.5, "image_url": "http://a/"}}, "invalid_request"),
        ("/identify", {"content": b'{"image_url": '}, "invalid_request"),
        ("/identify", {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, "invalid_request"),
        ("/identify", {"json": ["image_url"]}, "invalid_request"),
        ("/identify", {"content": b"<a/>", "headers": {"Content-Type": "text/xml"}}, "unsupported_media_type"),
        ("/compare", {"json": {"a_image_url": "http://a/"}}, "image_missing"),
        ("/identify", {"json": {"storage_key": "s3:/nowhere"}}, "source_forbidden"),
        ("/identify", {"json": {"storage_key": "r2://bucket/key"}}, "source_not_configured"),
        ("/identify", {"json": {"supabase_path": "bucket/key"}}, "source_not_configured"),
        ("/nowhere", {}, "route_not_found"),
        ("/live", {}, "method_not_allowed"),
    ],
)
async def test_a_bad_request_is_refused(
    http: httpx2.AsyncClient, path: str, request_: dict[str, Any], code: str
) -> None:
    assert (await refused(http, path, **request_))["code"] == code


async def test_each_wrong_field_is_named(http: httpx2.AsyncClient) -> None:
    problem = await refused(http, "/identify", json={"top_k": 0, "threshold": "high", "image_url": "http://a/"})

    assert {error["field"] for error in problem["errors"]} == {"top_k", "threshold"}


@pytest.mark.parametrize("url", HOSTILE)
async def test_a_hostile_address_is_refused(http: httpx2.AsyncClient, url: str) -> None:
    problem = await refused(http, "/identify", json={"image_url": url})

    assert problem["code"] in {"source_forbidden", "source_unreachable"}
    assert "secret" not in str(problem)


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (endless(), "image_too_large"),
        (drip(), "source_too_slow"),
        (reply(b"x", length=16_000_000), "image_too_large"),
        (reply(b"<html>", content_type="text/html"), "source_not_an_image"),
        (reply(b"", status=404), "source_not_found"),
        (reply(b"", status=403), "source_denied"),
        (reply(b""), "image_unreadable"),
        (reply(b"nothing to see"), "image_unreadable"),
        (redirect("http://169.254.169.254/latest/"), "source_forbidden"),
        (redirect("file:///etc/passwd"), "source_forbidden"),
    ],
)
async def test_a_bad_source_is_refused(http: httpx2.AsyncClient, web: Web, behaviour: Any, code: str) -> None:
    web.routes["/a.jpg"] = behaviour

    problem = await refused(http, "/identify", json={"image_url": f"{web.url}/a.jpg"})

    assert problem["code"] == code


async def test_a_source_that_says_nothing_is_given_up_in_time(http: httpx2.AsyncClient, web: Web) -> None:
    web.routes["/a.jpg"] = silent

    answer = await http.post("/identify", json={"image_url": f"{web.url}/a.jpg"})

    assert answer.json()["code"] == "source_too_slow"


async def test_an_over_long_body_is_never_read_whole(http: httpx2.AsyncClient, service: Service) -> None:
    before = psutil.Process(service.pid).memory_info().rss

    async def flood() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"x" * 1_000_000

    problem = await refused(http, "/identify", content=flood(), headers={"Content-Type": "application/json"})

    assert problem["code"] == "body_too_large"
    assert psutil.Process(service.pid).memory_info().rss - before < 100_000_000


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/verify", {"member_id": "nobody"}, "member_not_found"),
        ("/verify", {"member_id": "nobody", "collection": "nowhere"}, "collection_not_found"),
        ("/identify", {"collection": "nowhere"}, "collection_not_found"),
    ],
)
async def test_what_is_unknown_is_not_found(
    http: httpx2.AsyncClient, everybody: People, path: str, fields: dict[str, str], code: str
) -> None:
    photo = everybody["Venus_Williams"][0]()

    assert (await refused(http, path, data=fields, files={"file": photo}))["code"] == code


async def test_memory_returns_to_where_it_was(http: httpx2.AsyncClient, service: Service, images: Path) -> None:
    process = psutil.Process(service.pid)
    bad = [png(7000, 7000), cut(images / "hard/hopper.jpg"), (images / "hard/corrupted.heic").read_bytes()]
    text = base64.b64encode(bytes(14_000_000)).decode()

    async def once() -> int:
        for picture in bad:
            await http.post("/detect", files={"file": picture})
        await http.post("/detect", json={"image_base64": text})
        return process.memory_info().rss

    # Each thread's allocator takes its share, early or late, and gives some back when it likes. What leaks is never
    # given back: then each round is higher than all before it.
    sizes = [await once() for _ in range(12)]

    assert max(sizes[6:]) - max(sizes[:6]) < 100_000_000, sizes
    assert max(sizes) < 900_000_000, sizes
