"""Every place of the page: usable by keyboard and screen reader, light in weight, quick to show."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from bench.photos import People
from tests.console.conftest import ANNAN, DESKTOP, PHONE, VENUS, Console, Open

PLACES = (
    ("people",),
    ("people", "default", "axe"),
    ("galleries",),
    ("galleries", "axe"),
    ("galleries", "axe", "photos"),
    ("galleries", "axe", "unknown"),
    ("galleries", "axe", "failures"),
    ("galleries", "axe", "client", "1"),
    ("galleries", "nobody-made-it"),
    ("try",),
    ("try", "verify"),
    ("try", "compare"),
    ("watch",),
    ("watch", "images"),
    ("activity",),
    ("activity", "analyses"),
    ("activity", "dead"),
    ("activity", "deliveries"),
    ("status",),
)
GRAVE = ("serious", "critical")
MOST_BYTES = 300_000
FIRST_PAINT_MILLISECONDS = 1000


@pytest.fixture
def console(request: pytest.FixtureRequest, open_console: Open, everybody: People) -> Console:
    """Signed in, with a person, a gallery and its client."""
    device: dict[str, Any] = request.param
    console = open_console(device)
    console.sign_in()
    expect(console.page.get_by_role("heading", level=1)).to_be_visible()
    post = console.page.context.request
    headers, picture = {"X-API-Key": console.key}, {"name": "a.jpg", "mimeType": "image/jpeg"}
    venus: Any = {**picture, "buffer": everybody[VENUS][0]()}
    annan: Any = {**picture, "buffer": everybody[ANNAN][0]()}
    url = console.url
    post.post(f"{url}/enroll", headers=headers, multipart={"member_id": "axe", "name": "Kofi", "file": annan})
    post.put(f"{url}/galleries/axe", headers=headers, data={"source": "s3://photos/party/", "name": "Party"})
    post.post(f"{url}/galleries/axe/clients/1/enroll-face", headers=headers, multipart={"file": venus})
    post.post(f"{url}/galleries/axe/process-faces", headers=headers, data={})
    return console


@pytest.mark.parametrize("console", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
def test_no_place_has_a_serious_fault_of_accessibility(console: Console) -> None:
    places = PLACES[::2] if console.name == "phone" else PLACES  # all of them in light, half of them in dark
    found = {place: _faults(console, place) for place in places}

    assert {place: faults for place, faults in found.items() if faults} == {}


@pytest.mark.parametrize("console", [DESKTOP], indirect=True, ids=["desktop"])
def test_a_dialog_has_none_and_is_left_by_escape_back_to_where_one_was(console: Console) -> None:
    page = console.page
    opener = page.get_by_role("button", name=console.say("people.enrol")).first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()

    faults = _grave(console)
    page.keyboard.press("Escape")

    assert faults == []
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.parametrize("console", [DESKTOP], indirect=True, ids=["desktop"])
def test_the_keyboard_alone_leads_to_every_place(console: Console) -> None:
    page = console.page
    for key in ("galleries", "try", "watch", "activity", "status", "people"):
        page.get_by_role("link", name=console.say(f"place.{key}"), exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(console.say(f"place.{key}"))
        expect(page).to_have_title(re.compile(re.escape(console.say(f"place.{key}"))))


@pytest.mark.parametrize("place", [("people",), ("galleries", "axe"), ("try",), ("activity",), ("status",)], ids=str)
def test_a_place_weighs_little_and_is_painted_at_once(open_console: Open, place: tuple[str, ...]) -> None:
    console = open_console(DESKTOP)
    page, sizes = console.page, []
    page.on("response", lambda answer: sizes.append(_weight(answer)) if "/console/" in answer.url else None)

    console.go(*place)
    console.enter()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")

    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    print(f"{'/'.join(place)}: {sum(sizes)} bytes by {len(sizes)} files, first paint after {painted:.0f} ms")
    assert 10_000 < sum(sizes) < MOST_BYTES
    assert painted < FIRST_PAINT_MILLISECONDS


def _weight(answer: Any) -> int:
    sizes = answer.request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def _faults(console: Console, place: tuple[str, ...]) -> list[str]:
    console.go(*place)
    expect(console.page.locator("main h1")).to_be_visible()
    expect(console.page.locator(".skeletons")).to_have_count(0)
    return _grave(console)


def _grave(console: Console) -> list[str]:
    """Serious and critical findings, each with what it is about."""
    found = Axe().run(console.page).response["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in found if one["impact"] in GRAVE for node in one["nodes"]]
