import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from ipaddress import ip_network
from time import perf_counter

import httpx2
import pytest

from app.domain import errors
from app.sources.fetch import Fetcher, Rules
from app.sources.network import GuardedNetwork, Transport
from tests.fakes.web import (
    Names,
    Web,
    Wire,
    drip,
    endless,
    hang_up,
    redirect,
    reply,
    serving,
    silent,
    slow_head,
)

LOOPBACK = (ip_network("127.0.0.1/32"),)
RULES = Rules(max_bytes=100_000, timeout_seconds=5, first_byte_seconds=1, allow_networks=LOOPBACK)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with serving(Web()) as it:
        yield it


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(RULES) as it:
        yield it


async def test_a_picture_is_read_as_it_is(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a.jpg"] = reply(b"\xff\xd8picture")

    assert await fetcher.read(f"{web.url}/a.jpg?x=%2F&y=a+b") == b"\xff\xd8picture"

    assert web.requests[0].startswith("GET /a.jpg?x=%2F&y=a+b HTTP/1.1\r\n")
    assert "accept-encoding: identity" in web.requests[0].lower()


async def test_redirects_are_followed(web: Web, fetcher: Fetcher) -> None:
    web.routes |= {"/1": redirect("/2"), "/2": redirect("3?q", 307), "/3": reply(b"there")}

    assert await fetcher.read(f"{web.url}/1") == b"there"


@pytest.mark.parametrize("rounds", [4, 5])
async def test_redirects_end_after_the_fourth(web: Web, fetcher: Fetcher, rounds: int) -> None:
    web.routes |= {f"/{n}": redirect(f"/{n + 1}") for n in range(rounds)}
    web.routes[f"/{rounds}"] = reply(b"there")

    if rounds == 4:
        assert await fetcher.read(f"{web.url}/0") == b"there"
    else:
        with pytest.raises(errors.SourceForbidden):
            await fetcher.read(f"{web.url}/0")


async def test_a_loop_of_redirects_ends(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = redirect("/a")

    with pytest.raises(errors.SourceForbidden):
        await fetcher.read(f"{web.url}/a")

    assert len(web.requests) == 5


@pytest.mark.parametrize(
    "location",
    [
        *("http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://127.0.0.2/", "http://[::1]/"),
        *(
            "file:///etc/passwd",
            "ftp://127.0.0.1/a",
            "http://user:pw@127.0.0.1/",
            "//[::ffff:10.0.0.1]/",
            "http://2130706434/",
        ),
    ],
)
async def test_a_redirect_to_where_nothing_may_be_fetched_is_refused(web: Web, location: str) -> None:
    wire = Wire(to=web.port)
    web.routes["/a"] = redirect(location)

    async with Fetcher(RULES, tcp=wire) as fetcher:
        with pytest.raises(errors.SourceForbidden):
            await fetcher.read(f"{web.url}/a")

    assert wire.connected == [("127.0.0.1", web.port)]


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/"),
        *(
            "http://0x7f.1/",
            "http://0/",
            "http://0.0.0.0/",
            "http://localhost/",
            "http://LOCALHOST/",
            "http://017700000001/",
        ),
        *(
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
        ),
        *("http://[2002:7f00:1::]/", "http://[2001:0:53aa:64c::1]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/"),
        *("http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://100.64.0.1/"),
        *(
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://192.168.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
        ),
        *("https://127.0.0.1/", "http://8.8.8.8:22/", "http://8.8.8.8:8080/", "https://[2606:4700::1111]:6379/"),
    ],
)
async def test_a_hostile_address_is_refused_without_a_connection(url: str) -> None:
    wire = Wire()

    async with Fetcher(Rules(), tcp=wire) as fetcher:
        with pytest.raises(errors.SourceForbidden):
            await fetcher.read(url)

    assert wire.connected == []


@pytest.mark.parametrize(
    "answer",
    [
        *(["169.254.169.254"], ["fd00:ec2::254"], ["127.0.0.1"], ["::ffff:10.0.0.1"]),
        *(["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"], ["2606:4700::1111", "93.184.216.34", "::1"]),
    ],
)
async def test_a_name_with_one_private_address_is_refused_without_a_connection(answer: list[str]) -> None:
    wire, names = Wire(), Names({"metadata.google.internal": [answer]})

    async with Fetcher(Rules(), resolver=names, tcp=wire) as fetcher:
        with pytest.raises(errors.SourceForbidden):
            await fetcher.read("http://metadata.google.internal/")

    assert wire.connected == []


async def test_the_address_that_was_judged_is_the_one_connected_to(web: Web) -> None:
    web.routes["/a"] = reply(b"picture")
    wire = Wire(to=web.port)
    names = Names({"rebind.test": [["93.184.216.34"], ["127.0.0.1"]]})

    async with Fetcher(Rules(), resolver=names, tcp=wire) as fetcher:
        assert await fetcher.read("http://rebind.test/a") == b"picture"

    assert wire.connected == [("93.184.216.34", 80)]
    assert names.asked == ["rebind.test"]
    assert "host: rebind.test" in web.requests[0].lower()


async def test_a_name_is_judged_anew_at_each_request(web: Web) -> None:
    web.routes["/a"] = redirect("/b")
    wire = Wire(to=web.port)
    names = Names({"rebind.test": [["93.184.216.34"], ["127.0.0.1"]]})

    async with Fetcher(Rules(), resolver=names, tcp=wire) as fetcher:
        with pytest.raises(errors.SourceForbidden):
            await fetcher.read("http://rebind.test/a")

    assert wire.connected == [("93.184.216.34", 80)]
    assert len(web.requests) == 1


async def test_the_guard_is_what_the_client_really_connects_through() -> None:
    tls = httpx2.create_ssl_context()
    wire = Wire()

    async with httpx2.AsyncClient(transport=Transport(GuardedNetwork(tcp=wire), tls, 1, 0)) as client:
        for url in ("http://127.0.0.1:1/", "https://127.0.0.1:1/"):
            with pytest.raises(errors.SourceForbidden):
                await client.get(url)

    assert wire.connected == []


async def test_a_configured_origin_may_be_private_for_its_own_requests_only(web: Web) -> None:
    web.routes["/a"] = reply(b"picture")

    async with Fetcher(Rules(), trusted=[("127.0.0.1", web.port)]) as fetcher:
        assert await fetcher.read(f"{web.url}/a", trusted=True) == b"picture"
        with pytest.raises(errors.SourceForbidden):
            await fetcher.read(f"{web.url}/a")

    assert len(web.requests) == 1


async def test_a_configured_origin_cannot_redirect_into_the_private_network(web: Web) -> None:
    async with serving(Web({"/b": reply(b"secret")})) as other:
        web.routes["/a"] = redirect(f"{other.url}/b")
        async with Fetcher(Rules(), trusted=[("127.0.0.1", web.port)]) as fetcher:
            with pytest.raises(errors.SourceForbidden):
                await fetcher.read(f"{web.url}/a", trusted=True)

        assert other.requests == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((404, errors.SourceNotFound), (410, errors.SourceNotFound), (401, errors.SourceDenied)),
        *((403, errors.SourceDenied), (500, errors.SourceUnavailable), (503, errors.SourceUnavailable)),
        *((429, errors.SourceUnavailable), (400, errors.SourceRefused), (304, errors.SourceRefused)),
    ],
)
async def test_each_refusal_has_its_own_error(
    web: Web, fetcher: Fetcher, status: int, error: type[errors.FaceReconError]
) -> None:
    web.routes["/a"] = reply(b"", status)

    with pytest.raises(errors.FaceReconError) as caught:
        await fetcher.read(f"{web.url}/a")

    assert type(caught.value) is error


async def test_a_refusal_whose_body_never_ends_is_still_told(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = reply(b"x" * 100, 404, length=10_000_000)

    with pytest.raises(errors.SourceNotFound):
        await fetcher.read(f"{web.url}/a")


async def test_a_page_is_no_picture(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = reply(b"<html>log in", content_type="Text/HTML; charset=utf-8")

    with pytest.raises(errors.SourceNotAnImage):
        await fetcher.read(f"{web.url}/a")


@pytest.mark.parametrize(("size", "fits"), [(100_000, True), (100_001, False)])
async def test_the_cap_is_exact(web: Web, fetcher: Fetcher, size: int, fits: bool) -> None:  # noqa: FBT001
    web.routes["/a"] = reply(b"x" * size)

    if fits:
        assert len(await fetcher.read(f"{web.url}/a")) == size
    else:
        with pytest.raises(errors.ImageTooLarge):
            await fetcher.read(f"{web.url}/a")


async def test_a_body_that_never_ends_is_cut_at_the_cap(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = endless()

    with pytest.raises(errors.ImageTooLarge):
        await fetcher.read(f"{web.url}/a")


async def test_a_body_that_is_announced_too_large_is_not_waited_for(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = reply(b"x", length=100_000_000)

    began = perf_counter()
    with pytest.raises(errors.ImageTooLarge):
        await fetcher.read(f"{web.url}/a")

    assert perf_counter() - began < 0.5


async def test_a_body_shorter_than_announced_is_not_taken(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = reply(b"half", length=8)

    with pytest.raises(errors.SourceUnreachable):
        await fetcher.read(f"{web.url}/a")


async def test_a_gzip_bomb_is_not_unpacked(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = reply(gzip.compress(b"\0" * 10_000_000), content_encoding="gzip")

    with pytest.raises(errors.SourceRefused):
        await fetcher.read(f"{web.url}/a")


@pytest.mark.parametrize("behaviour", [drip(), drip(before=b"x" * 90_000), drip(every=5)])
async def test_a_drip_is_cut_within_a_second_and_a_half(web: Web, fetcher: Fetcher, behaviour: object) -> None:
    web.routes["/a"] = behaviour  # type: ignore[assignment]

    began = perf_counter()
    with pytest.raises(errors.SourceTooSlow):
        await fetcher.read(f"{web.url}/a")

    assert perf_counter() - began < 1.5


@pytest.mark.parametrize("behaviour", [silent, slow_head])
async def test_a_host_that_does_not_begin_is_cut_at_the_first_byte_limit(
    web: Web, fetcher: Fetcher, behaviour: object
) -> None:
    web.routes["/a"] = behaviour  # type: ignore[assignment]

    began = perf_counter()
    with pytest.raises(errors.SourceTooSlow):
        await fetcher.read(f"{web.url}/a")

    assert 0.9 < perf_counter() - began < 1.5


async def test_the_whole_has_a_deadline_whatever_the_rate(web: Web) -> None:
    web.routes["/a"] = drip(every=0.05)
    rules = Rules(timeout_seconds=0.5, min_bytes_per_second=0, allow_networks=LOOPBACK)

    began = perf_counter()
    async with Fetcher(rules) as fetcher:
        with pytest.raises(errors.SourceTooSlow):
            await fetcher.read(f"{web.url}/a")

    assert perf_counter() - began < 1


async def test_a_name_server_that_hangs_counts_as_too_slow() -> None:
    async def hang(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with Fetcher(RULES, resolver=hang) as fetcher:
        with pytest.raises(errors.SourceTooSlow):
            await fetcher.read("http://slow.test/")


async def test_a_host_that_nobody_knows_is_the_callers_mistake() -> None:
    async with Fetcher(RULES, resolver=Names({})) as fetcher:
        with pytest.raises(errors.SourceUnreachable):
            await fetcher.read("http://nobody.test/")


async def test_a_storage_that_does_not_answer_is_our_mistake(web: Web) -> None:
    web.routes["/a"] = hang_up

    async with Fetcher(RULES, trusted=[("127.0.0.1", web.port), ("127.0.0.1", 1)]) as fetcher:
        for url in (f"{web.url}/a", "http://127.0.0.1:1/"):
            with pytest.raises(errors.SourceUnavailable):
                await fetcher.read(url, trusted=True)
            with pytest.raises(errors.SourceUnreachable):
                await fetcher.read(url)


async def test_what_is_not_http_is_unreachable(fetcher: Fetcher) -> None:
    async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()

    async with await asyncio.start_server(ssh, "127.0.0.1", 0) as server:
        with pytest.raises(errors.SourceUnreachable):
            await fetcher.read(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_a_cookie_of_one_answer_goes_into_no_other_request(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = reply(b"picture", set_cookie="session=1; Path=/")

    await fetcher.read(f"{web.url}/a")
    await fetcher.read(f"{web.url}/a")

    assert "cookie" not in web.requests[1].lower()


async def test_the_environment_chooses_no_proxy(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.routes["/a"] = reply(b"picture")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async with Fetcher(RULES) as fetcher:
        assert await fetcher.read(f"{web.url}/a") == b"picture"


async def test_no_address_is_logged(web: Web, fetcher: Fetcher, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    web.routes["/a"] = reply(b"picture")

    await fetcher.read(f"{web.url}/a?token=secret")

    assert "secret" not in caplog.text


async def test_an_error_says_neither_the_address_nor_its_query(web: Web) -> None:
    web.routes["/a"] = reply(b"", 500)
    fetcher = Fetcher(RULES, resolver=Names({host: [[host]] for host in ("127.0.0.1", "10.1.2.3")}))

    for url in (f"{web.url}/a?token=secret", "http://10.1.2.3/?token=secret", "http://nobody.invalid/?token=secret"):
        with pytest.raises(errors.FaceReconError) as caught:
            await fetcher.read(url)
        assert "secret" not in str(caught.value)
        assert "10.1.2.3" not in str(caught.value)
    await fetcher.__aexit__(None, None, None)
