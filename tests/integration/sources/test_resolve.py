import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from app.domain import errors
from app.domain.images import Base64, ImageRef, Upload, Url
from app.ports import ImageSource
from app.sources.fetch import Fetcher, Rules
from app.sources.resolve import SourceOptions, open_sources
from app.sources.url import UrlSource, drive_id
from tests.fakes.tls import certificate_for
from tests.fakes.web import Names, Web, Wire, reply, serving

OPTIONS = SourceOptions(Rules(max_bytes=100, allow_networks=(ip_network("127.0.0.1/32"),)))


@pytest.mark.parametrize(
    ("ref", "content", "source"),
    [(Upload(b"bytes"), b"bytes", "upload"), (Base64("Ynl0ZXM"), b"bytes", "base64")],
)
async def test_what_is_in_the_request_is_read_from_it(ref: ImageRef, content: bytes, source: str) -> None:
    async with open_sources(OPTIONS) as sources:
        port: ImageSource = sources
        image = await port.read(ref)

    assert (image.content, image.source) == (content, source)


@pytest.mark.parametrize("ref", [Upload(b"x" * 101), Base64("A" * 140)])
async def test_the_cap_holds_for_what_is_in_the_request(ref: ImageRef) -> None:
    async with open_sources(OPTIONS) as sources:
        with pytest.raises(errors.ImageTooLarge):
            await sources.read(ref)


async def test_an_address_is_kept_without_its_query() -> None:
    async with serving(Web({"/a.jpg": reply(b"picture")})) as web, open_sources(OPTIONS) as sources:
        image = await sources.read(Url(f"{web.url}/a.jpg?signature=secret#x"))

        assert (image.content, image.source) == (b"picture", f"{web.url}/a.jpg")


async def test_every_fetch_is_timed_also_one_that_fails() -> None:
    before = REGISTRY.get_sample_value("face_stage_seconds_count", {"stage": "fetch"}) or 0

    async with open_sources(OPTIONS) as sources:
        await sources.read(Upload(b"bytes"))
        with pytest.raises(errors.SourceForbidden):
            await sources.read(Url("file:///etc/passwd"))

    assert REGISTRY.get_sample_value("face_stage_seconds_count", {"stage": "fetch"}) == before + 2


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("https://drive.google.com/file/d/1AbC_d-EfGhIjK/view?usp=sharing", "1AbC_d-EfGhIjK"),
        ("https://drive.google.com/file/u/0/d/1AbC_d-EfGhIjK/view", "1AbC_d-EfGhIjK"),
        ("http://drive.google.com/open?id=1AbC_d-EfGhIjK", "1AbC_d-EfGhIjK"),
        ("https://drive.google.com/uc?export=download&id=1AbC_d-EfGhIjK", "1AbC_d-EfGhIjK"),
        ("https://docs.google.com/uc?id=1AbC_d-EfGhIjK&export=view", "1AbC_d-EfGhIjK"),
        ("https://drive.google.com/drive/folders/1AbC_d-EfGhIjK", ""),
        ("https://drive.google.com.evil.test/file/d/1AbC_d-EfGhIjK/view", ""),
        ("https://example.com/?u=https://drive.google.com/file/d/1AbC_d-EfGhIjK", ""),
    ],
)
def test_a_share_link_of_google_drive_is_known(url: str, file: str) -> None:
    assert drive_id(url) == file


@pytest.fixture
def drive(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server that is Google Drive, and of a client that believes it."""
    certificate = certificate_for("drive.usercontent.google.com", tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    return server, ssl.create_default_context(cafile=str(certificate))


@asynccontextmanager
async def google(web: Web, drive: tuple[ssl.SSLContext, ssl.SSLContext]) -> AsyncIterator[UrlSource]:
    server, client = drive
    names = Names({"drive.usercontent.google.com": [["142.250.0.1"]]})
    async with serving(web, server), Fetcher(Rules(), resolver=names, tls=client, tcp=Wire(web.port)) as fetcher:
        yield UrlSource(fetcher)


SHARED = Url("https://drive.google.com/file/d/1AbC_d-EfGhIjK/view")


async def test_a_share_link_is_followed_to_the_file(drive: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    web = Web({"/download": reply(b"picture")})

    async with google(web, drive) as source:
        image = await source.read(SHARED)

    assert (image.content, image.source) == (b"picture", "https://drive.google.com/file/d/1AbC_d-EfGhIjK")
    assert "GET /download?id=1AbC_d-EfGhIjK&export=download&confirm=t " in web.requests[0]


async def test_a_file_that_is_not_shared_says_so(drive: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    web = Web({"/download": reply(b"<html>sign in", content_type="text/html")})

    async with google(web, drive) as source:
        with pytest.raises(errors.SourceNotAnImage, match="not shared with anyone with the link"):
            await source.read(SHARED)
