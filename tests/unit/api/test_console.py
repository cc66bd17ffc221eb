"""The page and its files: found, typed, packed, kept, and nothing beside them."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.console.assets import FOLDER, assets
from tests.unit.api.conftest import Serve

TRAVERSALS = (
    "../routes.py",
    "%2e%2e/routes.py",
    "..%2froutes.py",
    "lib/../../routes.py",
    "/etc/passwd",
    "",
    "lib",
    "index.html",
)


@pytest.fixture
def base() -> str:
    return f"/console/{assets().edition}"


@pytest.mark.parametrize("address", ["/", "/console"])
def test_the_front_door_leads_to_the_page(client: TestClient, address: str) -> None:
    answer = client.get(address, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


def test_behind_a_prefix_it_leads_there_too(serve: Serve) -> None:
    client = serve(root_path="/face")

    assert client.get("/", follow_redirects=False).headers["location"] == "/face/console/"


def test_the_page_needs_no_key_and_holds_nothing_inline(serve: Serve) -> None:
    answer = serve(admin_token="a key of the test's own").get("/console/")

    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert not re.search(r"<style|<script(?![^>]* src=)|\son\w+=|\sstyle=|https?://", answer.text)


def test_every_file_that_the_page_names_is_there(client: TestClient) -> None:
    text = client.get("/console/").text
    named = re.findall(r'(?:href|src)="(?!\.\.)([^"]+)"', text)

    assert len(named) > 5
    assert {client.get(f"/console/{name}").status_code for name in named} == {200}


def test_every_module_imports_what_is_there() -> None:
    scripts = [file for file in FOLDER.rglob("*.js") if file.parent.name != "i18n"]
    named = [
        (file, name) for file in scripts for name in re.findall(r'(?:from|import\()\s*"(\.[^"]+)"', file.read_text())
    ]

    assert len(named) > 50
    assert [(file.name, name) for file, name in named if not (file.parent / name).is_file()] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("vendor/preact.LICENSE.txt", "text/plain; charset=utf-8"),
    ],
)
def test_a_file_is_typed_packed_and_kept_for_ever(client: TestClient, base: str, *, name: str, kind: str) -> None:
    with client.stream("GET", f"{base}/{name}", headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    plain = client.get(f"{base}/{name}", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content == (FOLDER / name).read_bytes()
    assert plain.headers["content-type"] == kind
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert plain.headers["vary"] == "Accept-Encoding"


def test_what_a_browser_has_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/console/").headers["etag"]

    again = client.get("/console/", headers={"If-None-Match": f"W/{tag}"})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", TRAVERSALS)
def test_nothing_else_can_be_had(client: TestClient, base: str, name: str) -> None:
    answer = client.get(f"{base}/{name}")

    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


def test_a_file_of_another_edition_is_not_there(client: TestClient) -> None:
    assert client.get("/console/0123456789abcdef/main.js").status_code == 404


def test_what_is_not_ours_comes_with_its_licence() -> None:
    vendor = FOLDER / "vendor"

    told = "\n".join(file.read_text() for file in vendor.glob("*.LICENSE.txt"))

    assert {file.name for file in vendor.glob("*.js") if file.name not in told} == set()
    assert sum(file.stat().st_size for file in vendor.glob("*.js")) < 20_000


def test_scripts_write_no_markup_and_keep_no_key() -> None:
    ours = [file for file in FOLDER.rglob("*.js") if file.parent.name != "vendor"]
    forbidden = re.compile(r"innerHTML|dangerouslySetInnerHTML|document\.cookie|\beval\(|new Function|sessionStorage")

    assert [file.name for file in ours if forbidden.search(file.read_text())] == []
    assert [file.name for file in ours if "localStorage" in file.read_text()] == ["i18n.js"]


def test_all_there_is_is_small() -> None:
    files = assets().files.values()

    assert sum(len(file.packed) for file in files) < 150_000
    assert Path(FOLDER / "index.html").stat().st_size < 3_000
