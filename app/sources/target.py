"""What a URL must look like before anybody is asked anything about it."""

import re
from urllib.parse import urljoin

import httpx2

from app.domain.errors import SourceForbidden
from app.sources.network import Origin

LONGEST_URL = 8192
PORTS = {"http": 80, "https": 443}
PORT_END = 65_536
_ODD = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""Characters that two parsers read in two ways: a backslash before the @, a tab inside the host."""


def target(text: str) -> httpx2.URL:
    """Read a URL. Raises SourceForbidden unless it is http(s), with a host and without a user name."""
    url = _parsed(text.strip())
    if url.scheme not in PORTS:
        msg = "Pictures are fetched over http and https only."
        raise SourceForbidden(msg)
    if not url.host:
        msg = "The address names no host."
        raise SourceForbidden(msg)
    if url.port is not None and not 0 < url.port < PORT_END:
        msg = "The address names a port that there is not."
        raise SourceForbidden(msg)
    if url.userinfo:
        msg = "An address with a user name or password in it is not fetched."
        raise SourceForbidden(msg)
    return url


def _parsed(text: str) -> httpx2.URL:
    if len(text) > LONGEST_URL or _ODD.search(text):
        msg = "The address is too long, or has spaces, control characters or backslashes in it."
        raise SourceForbidden(msg)
    try:
        return httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError) as error:
        msg = "That is not the address of a picture."
        raise SourceForbidden(msg) from error


def redirected(url: httpx2.URL, location: str) -> httpx2.URL:
    """Where a redirect leads, by the same rules."""
    try:
        return target(urljoin(str(url), location))
    except ValueError as error:
        raise SourceForbidden from error


def origin(url: httpx2.URL) -> Origin:
    """Host and port that a connection for this URL goes to."""
    return url.host.lower(), url.port or PORTS[url.scheme]


def endpoint(text: str) -> Origin:
    """Origin of a storage's address in the settings. Raises ValueError where it is not an http(s) address."""
    try:
        return origin(target(text))
    except SourceForbidden as error:
        msg = f"a storage's address in the settings cannot be used: {error}"
        raise ValueError(msg) from error


def without_secrets(url: str) -> str:
    """Return what may be kept of a URL: neither query (signatures) nor fragment nor user name."""
    parsed = target(url)
    port = f":{parsed.port}" if parsed.port else ""
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    return f"{parsed.scheme}://{host}{port}{parsed.path}"
