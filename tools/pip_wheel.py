"""One known pip wheel, fetched from the package index that pip itself would use. Standard library only."""

import base64
import hashlib
import html
import os
import re
import ssl
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import Request, urlopen

WHEEL = "pip-26.2.1-py3-none-any.whl"
SHA256 = "71138adf1f4ca900cdb7d289c21b7494329f2332b6d85f0e1c42108c0384ed3e"
PYPI = "https://pypi.org/simple"
SECONDS = 60


class NoPip(Exception):
    """pip could not be had; says from where and why."""


def fetch_pip(folder: Path) -> Path:
    """Save the wheel in the folder. Raises NoPip."""
    index = index_url()
    try:
        content = _read(_find(index))
    except (URLError, TimeoutError) as error:
        msg = f"{WHEEL} cannot be fetched from {_split(index)[0]}: {error}"
        raise NoPip(msg) from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        msg = f"{_split(index)[0]} sends another {WHEEL} than the known one."
        raise NoPip(msg)
    wheel = folder / WHEEL
    wheel.write_bytes(content)
    return wheel


def index_url() -> str:
    """The package index as pip finds it: PIP_INDEX_URL, then pip's configuration files, then PyPI."""
    return os.environ.get("PIP_INDEX_URL") or _configured("index-url") or PYPI


def _configured(key: str) -> str:
    """An option of pip's configuration, "" where it is unset. Later files win, as they do for pip."""
    files = [
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
        Path("~/.pip/pip.conf").expanduser(),
        Path("~/.config/pip/pip.conf").expanduser(),
        Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)),
    ]
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(files)
    except ConfigError:
        return ""
    return parser.get("global", key, fallback="")


def _find(index: str) -> str:
    """Address of the wheel, from the index page of the project (PEP 503: a list of links)."""
    page = f"{index.rstrip('/')}/pip/"
    for link in re.findall(r'href\s*=\s*"([^"]+)"', _read(page).decode()):
        address = urljoin(page, html.unescape(link)).partition("#")[0]
        if unquote(urlsplit(address).path).endswith(f"/{WHEEL}"):
            return address
    msg = f"{_split(index)[0]} has no {WHEEL}."
    raise NoPip(msg)


def _read(address: str) -> bytes:
    """A body over verified TLS or, on a system without any certificates, unverified.

    That is safe for this one file, since its content is held against SHA256, but never done where a password is sent.
    pip brings certificates of its own.
    """
    bare, headers = _split(address)
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or _configured("cert") or None)
    if not headers and not _has_certificates(context):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urlopen(Request(bare, headers=headers), timeout=SECONDS, context=context) as answer:
            body: bytes = answer.read()
    except HTTPError as refusal:
        refusal.close()  # it is an answer too, and holds the connection
        raise
    return body


def _has_certificates(context: ssl.SSLContext) -> bool:
    """Whether any authority is known: a folder of them is only read on connecting, so it is looked into here."""
    return bool(context.get_ca_certs()) or any(Path(ssl.get_default_verify_paths().openssl_capath).glob("*"))


def _split(address: str) -> tuple[str, dict[str, str]]:
    """The address without user and password, and the header that carries them instead."""
    parts = urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    bare = urlunsplit(parts._replace(netloc=host))
    token = base64.b64encode(unquote(login).encode()).decode()
    return bare, {"Authorization": f"Basic {token}"} if login else {}
