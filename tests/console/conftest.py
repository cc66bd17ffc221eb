"""The console as people have it: a real browser, the service as a process, real models, a real S3 with photos."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bench.photos import People, people, usual_place
from bench.service import Service
from bench.storage import photos_in_s3, settings_for
from tests.conftest import Lfw
from tools import browser as chromium

KEY = "key-of-the-console-tests"
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
PATIENCE_MILLISECONDS = 30_000

VENUS, PETE, ANNAN = "Venus_Williams", "Pete_Sampras", "Kofi_Annan"
PHOTOS = 200

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}, "locale": "en-GB"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "pt-BR",
    "color_scheme": "dark",
}


@dataclass(frozen=True)
class Console:
    """The page of a service in a browser. name: of the device, for screenshots. words: key to text, of its language."""

    page: Page
    url: str
    name: str
    words: dict[str, str]
    key: str = KEY

    def say(self, key: str, **values: object) -> str:
        """The text of a key, its second form where it has two."""
        text = self.words[key].split(" | ")[-1]
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), text)

    def go(self, *parts: str) -> None:
        self.page.goto(f"{self.url}/console/#/{'/'.join(parts)}")

    def sign_in(self, key: str = KEY) -> None:
        self.page.goto(f"{self.url}/console/")
        self.enter(key)

    def enter(self, key: str = KEY) -> None:
        """Give the key that the page asks for."""
        self.page.get_by_label(self.say("sign_in.key")).fill(key)
        self.press("sign_in.enter")

    def press(self, key: str, **where: Any) -> None:
        self.page.get_by_role("button", name=self.say(key), **where).first.click()

    def fill(self, key: str, text: str) -> None:
        self.page.get_by_label(self.say(key), exact=True).fill(text)

    def choose(self, *pictures: tuple[str, bytes]) -> None:
        """Give pictures, each by its name, to the page's inputs for files, one each."""
        for name, content in pictures:
            given = {"name": name, "mimeType": "image/jpeg", "buffer": content}
            self.page.locator("input[type=file]").first.set_input_files(given)  # type: ignore[arg-type]

    def shoot(self, name: str) -> None:
        """Keep what is seen, for people to look at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}-{self.name}.png")


Open = Callable[..., Console]


def words(language: str) -> dict[str, str]:
    """The texts of a language as its file has them."""
    file = Path(__file__).parents[2] / "app/console/static/i18n" / f"{language}.js"
    return dict(re.findall(r'^  "([^"]+)": "((?:[^"\\]|\\.)*)",$', file.read_text().replace('\\"', "”"), re.MULTILINE))


@pytest.fixture(scope="session")
def everybody(lfw: Lfw) -> People:
    """People of LFW with two photographs or more."""
    return people(usual_place())


@pytest.fixture(scope="session")
def photos(everybody: People) -> dict[str, bytes]:
    """What lies in the bucket: 200 photos of an event, and 30 of a party, one of which is broken."""
    event = {f"{name}_{n}": photo() for name in (VENUS, PETE, ANNAN) for n, photo in enumerate(everybody[name][1:8])}
    others = iter(sorted(set(everybody) - {VENUS, PETE, ANNAN}))
    event |= {name: everybody[name][0]() for name, _ in zip(others, range(PHOTOS - len(event)), strict=False)}
    party = dict(list(event.items())[:29]) | {"broken": b"this is no picture"}
    folders = {"event": event, "party": party}
    return {f"{folder}/{name}.jpg": photo for folder, inside in folders.items() for name, photo in inside.items()}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, photos: dict[str, bytes]) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("console")
    with photos_in_s3(folder / "s3", photos) as storage:
        service = Service(folder, {**settings_for(storage), "ADMIN_TOKEN": KEY, "WORKER_RETRY_SECONDS": "0.05"}).start()
        yield service
        service.stop()


@pytest.fixture(scope="module")  # while it is open a loop of events runs, beside which no asynchronous test can
def browser(everybody: People, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera sees Venus Williams."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    film = tmp_path_factory.mktemp("camera") / "venus.mjpeg"
    film.write_bytes(everybody[VENUS][0]())
    seen = f"--use-file-for-fake-video-capture={film}"
    with sync_playwright() as playwright:
        args = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", seen]
        opened = playwright.chromium.launch(executable_path=chromium.find(), args=args)
        yield opened
        opened.close()


@pytest.fixture
def open_console(browser: Browser, service: Service) -> Iterator[Open]:
    """Open the page as a device shows it; whatever goes wrong in the page fails the test."""
    opened: list[BrowserContext] = []
    wrong: list[str] = []

    def console(device: dict[str, Any], url: str = "") -> Console:
        context = browser.new_context(**device)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if "Content Security" in told.text else None)
        name = "phone" if device.get("is_mobile") else "desktop"
        return Console(
            page, url or service.url, name, words("pt-BR" if device["locale"] == "pt-BR" else device["locale"][:2])
        )

    yield console
    for context in opened:
        context.close()
    assert wrong == []


@contextmanager
def watching(page: Page) -> Iterator[list[str]]:
    """Addresses that the page asks for meanwhile."""
    asked: list[str] = []

    def note(request: Any) -> None:
        asked.append(request.url)

    page.on("request", note)
    yield asked
    page.remove_listener("request", note)
