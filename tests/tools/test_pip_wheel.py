"""How pip is had where Python comes without it: over real HTTP, from an index on this machine."""

import base64
import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tools import pip_wheel

WHEEL = b"a wheel"


class Index(BaseHTTPRequestHandler):
    """A package index that has one file, and says no to who gives another password than «se:cret»."""

    def do_GET(self) -> None:
        login = self.headers.get("Authorization", "")
        if self.path.startswith("/closed") and login != "Basic " + base64.b64encode(b"me:se:cret").decode():
            self.send_error(401)
            return
        pages = {
            "/simple/pip/": f'<a href="../../files/{pip_wheel.WHEEL}#sha256=0">pip</a>'.encode(),
            f"/files/{pip_wheel.WHEEL}": WHEEL,
            "/empty/pip/": b"<html></html>",
            "/closed/pip/": f'<a href="/files/{pip_wheel.WHEEL}">pip</a>'.encode(),
        }
        self.send_response(200 if self.path in pages else 404)
        self.end_headers()
        self.wfile.write(pages.get(self.path, b""))

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def index() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _known_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pip_wheel, "SHA256", hashlib.sha256(WHEEL).hexdigest())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)


def test_the_wheel_comes_from_the_index_that_pip_would_use(
    index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{index}/simple/")

    wheel = pip_wheel.fetch_pip(tmp_path)

    assert wheel.name == pip_wheel.WHEEL
    assert wheel.read_bytes() == WHEEL


def test_the_index_is_read_from_the_configuration_of_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://packages.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))

    assert pip_wheel.index_url() == "https://packages.example/simple"


def test_a_broken_configuration_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("index-url = no section\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))

    assert pip_wheel.index_url() == pip_wheel.PYPI


def test_user_and_password_of_an_index_are_sent_but_not_shown(
    index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    host = urlsplit(index).netloc
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:se%3Acret@{host}/closed")

    assert pip_wheel.fetch_pip(tmp_path).read_bytes() == WHEEL

    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:wrong@{host}/closed")

    with pytest.raises(pip_wheel.NoPip, match="401") as refused:
        pip_wheel.fetch_pip(tmp_path)
    assert "wrong" not in str(refused.value)


def test_another_file_of_that_name_is_refused(index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{index}/simple")
    monkeypatch.setattr(pip_wheel, "SHA256", "0" * 64)

    with pytest.raises(pip_wheel.NoPip, match="another"):
        pip_wheel.fetch_pip(tmp_path)


@pytest.mark.parametrize(("path", "why"), [("empty", "has no"), ("nothing", "404")])
def test_an_index_without_the_wheel_is_named(
    path: str, why: str, index: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{index}/{path}")

    with pytest.raises(pip_wheel.NoPip, match=why):
        pip_wheel.fetch_pip(tmp_path)
