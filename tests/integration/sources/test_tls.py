import ssl
from pathlib import Path

import pytest

from app.domain.errors import SourceUnreachable
from app.sources.fetch import Fetcher, Rules
from tests.fakes.tls import certificate_for
from tests.fakes.web import Names, Web, Wire, reply, serving

HOST, ADDRESS = "pictures.test", "93.184.216.34"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificate_for(HOST, tmp_path)


async def fetched(url: str, certificate: Path, trust: ssl.SSLContext | None) -> tuple[bytes, Wire]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    names = Names({HOST: [[ADDRESS]], "other.test": [[ADDRESS]]})
    async with serving(Web({"/a": reply(b"picture")}), server) as web:
        wire = Wire(to=web.port)
        async with Fetcher(Rules(), resolver=names, tls=trust, tcp=wire) as fetcher:
            return await fetcher.read(url), wire


async def test_tls_is_held_against_the_name_while_the_socket_goes_to_the_address(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))

    body, wire = await fetched(f"https://{HOST}/a", certificate, trust)

    assert body == b"picture"
    assert wire.connected == [(ADDRESS, 443)]


async def test_a_certificate_of_another_name_is_refused(certificate: Path) -> None:
    trust = ssl.create_default_context(cafile=str(certificate))

    with pytest.raises(SourceUnreachable):
        await fetched("https://other.test/a", certificate, trust)


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with pytest.raises(SourceUnreachable):
        await fetched(f"https://{HOST}/a", certificate, None)
