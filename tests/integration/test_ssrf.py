"""Server-side request forgery: every door through which a caller's address leaves this service, against every trick.

A door is a function that takes an address and does with it what the service would. Whoever builds another one adds it
to DOORS; the last test finds those that nobody added.
"""

import ast
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

import app
from app.domain.errors import DeliveryRefused, FaceReconError, ReceiverUnavailable, SourceForbidden, SourceUnreachable
from app.domain.events import Channel, EventKind
from app.domain.images import Url
from app.domain.webhooks import Parcel, new_secret
from app.sources.fetch import Fetcher, Rules
from app.sources.network import Resolver, resolve
from app.sources.url import UrlSource
from app.webhooks.send import Rules as WebhookRules
from app.webhooks.send import WebhookSender
from tests.fakes.web import Names, Web, Wire, redirect, serving

Door = Callable[[str, Wire, Resolver], Awaitable[object]]

PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.1"
SECRET = new_secret()
TLS = httpx2.create_ssl_context(trust_env=False)  # takes longer to make than all else here


async def image_url(url: str, wire: Wire, names: Resolver) -> object:
    """image_url of every call that takes a picture, of /analyses and of galleries' clients."""
    async with Fetcher(Rules(first_byte_seconds=1, timeout_seconds=2), resolver=names, tcp=wire, tls=TLS) as fetcher:
        return await UrlSource(fetcher).read(Url(url))


async def webhook(url: str, wire: Wire, names: Resolver) -> object:
    """Url of PUT /webhooks/{id}, webhook_url of PUT /galleries/{id}: both are deliveries."""
    told = Parcel(
        *("default", "d1", 0, 0, Channel.WEBHOOK, "e1", EventKind.PING, {}, datetime.now(UTC), "crm", url, SECRET)
    )
    async with WebhookSender(WebhookRules(2), resolver=names, tcp=wire, tls=TLS) as sender:
        return await sender.carry(told)


DOORS = (image_url, webhook)
REFUSALS = (SourceForbidden, DeliveryRefused)

HOSTILE = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "100.100.100.200"),
    *("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2001:0:53aa:64c::1]", "[fe80::1]", "[fec0::1]"),
    *("[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]"),
]
ODD = [
    *("file:///etc/passwd", "ftp://example.com/", "gopher://example.com:70/", "dict://example.com/", "https://"),
    *("https://user:word@example.com/", "https://example.com\\@10.0.0.1/", "https://example.com:0/", "//example.com/"),
    *("https://example.com:99999/", "https://exa mple.com/", "https://example.com\t.evil/", "javascript:alert(1)"),
    *("https://example.com:22/", "https://example.com:6379/", "https://example.com:5432/"),
]

through_every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)


async def refused(door: Door, url: str, names: Resolver = resolve, to: int = 0) -> Wire:
    """What was connected to until the address was refused. No refusal tells which address it was that was meant."""
    wire = Wire(to=to)
    with pytest.raises(REFUSALS) as error:
        await door(url, wire, names)
    assert not any(address in str(error.value) for address in (PUBLIC, PRIVATE, "127.0.0.1", "169.254"))
    return wire


@through_every_door
@pytest.mark.parametrize("host", HOSTILE)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_hostile_address_is_refused_without_a_connection(door: Door, scheme: str, host: str) -> None:
    assert (await refused(door, f"{scheme}://{host}/latest/meta-data/")).connected == []


@through_every_door
async def test_an_address_of_one_network_card_leads_nowhere(door: Door) -> None:
    wire = Wire()

    with pytest.raises(FaceReconError):
        await door("http://[fe80::1%25eth0]/", wire, resolve)

    assert wire.connected == []


@through_every_door
@pytest.mark.parametrize("url", ODD)
async def test_an_odd_address_is_refused_without_a_connection(door: Door, url: str) -> None:
    assert (await refused(door, url, Names({"example.com": [[PUBLIC]]}))).connected == []


@through_every_door
@pytest.mark.parametrize(
    "answer",
    [[PRIVATE], [PUBLIC, PRIVATE], ["::ffff:10.0.0.1"], [PUBLIC, "::1"], ["2606:4700::1111", "fd00::1"], [PUBLIC, "0"]],
)
async def test_one_private_address_among_a_names_is_enough(door: Door, answer: list[str]) -> None:
    names = Names({"a.test": [[each if each != "0" else "0.0.0.0" for each in answer]]})

    assert (await refused(door, "https://a.test/", names)).connected == []


@through_every_door
async def test_a_name_is_looked_up_once_and_its_address_is_the_one_connected_to(door: Door) -> None:
    names, wire = Names({"a.test": [[PUBLIC], [PRIVATE]]}), Wire()

    with pytest.raises((SourceUnreachable, ReceiverUnavailable)):
        await door("https://a.test/", wire, names)

    assert names.asked == ["a.test"]
    assert wire.connected == [(PUBLIC, 443)]


@pytest.mark.parametrize("location", [f"http://{host}/" for host in HOSTILE] + [url for url in ODD if "://" in url])
async def test_a_redirect_leads_nowhere_else(location: str) -> None:
    """Of pictures. Webhooks follow none: tests/integration/webhooks/test_send.py."""
    async with serving(Web({"/": redirect(location)})) as web:
        names = Names({"a.test": [[PUBLIC]], "example.com": [[PUBLIC]], "localhost": [["127.0.0.1"]]})
        wire = Wire(to=web.port)

        with pytest.raises(FaceReconError) as error:
            await image_url("http://a.test/", wire, _literal(names))

    assert isinstance(error.value, SourceForbidden)
    assert wire.connected == [(PUBLIC, 80)]


def _literal(names: Names) -> Resolver:
    """Names of the test's own, and what the system makes of addresses."""

    async def answer(host: str, port: int) -> object:
        return await names(host, port) if host in names.answers else await resolve(host, port)

    return answer  # type: ignore[return-value] # both answer with the same


CONNECTS = {
    "httpx2",
    "httpcore2",
    "urllib.request",
    "requests",
    "aiohttp",
    "socket",
    "boto3",
    "botocore",
    "urllib3",
    "jwt",
}
GUARDED = {
    "sources/network.py",
    "sources/fetch.py",
    "sources/ask.py",
    "sources/target.py",
    "webhooks/send.py",
    "tokens/jwks.py",
}
OPERATORS = {
    "vision/models/download.py",  # by the operator's own command, from the catalogue
    "vision/models/pull.py",
    "recognisers/rekognition/amazon.py",  # the operator's account, at the address of AWS's own configuration
    "recognisers/rekognition/errors.py",  # names what it raises
    "aws/account.py",  # the operator's queues and topics
    "aws/ingress.py",
    "aws/publish.py",
    "api/rekognition/model.py",  # reads AWS's own description of its service, from a file
    "api/rekognition/signature.py",  # computes what a request must be signed with
    "sources/s3.py",  # signs, and connects to nothing
    "sources/supabase.py",  # the operator's project, over the fetcher
    "tokens/receipts.py",  # jwt that signs and reads, and asks nobody
    "tokens/upload.py",  # likewise
    "tokens/users.py",
    "store/cluster.py",  # its own database
}


def test_nothing_else_connects_to_anything() -> None:
    root = Path(app.__file__).parent
    found = {str(file.relative_to(root)) for file in root.rglob("*.py") if _imports(file) & CONNECTS}

    assert found - OPERATORS - GUARDED == set()


def _imports(file: Path) -> set[str]:
    """The modules that a file imports, and those that they are in."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.partition(".")[0] for name in names}
