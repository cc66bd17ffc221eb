"""Take the README's pictures of the console: `python -m bench.console`.

Nobody whose photo is used here has agreed to stand in a README: photos are shown in a mosaic, in which no face is left.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.photos import People, people, usual_place
from bench.service import Service
from bench.storage import photos_in_s3, settings_for
from tools import browser as chromium

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
CAST, EACH, GUESTS = 12, 8, 120
CELLS = 26
"""Of the mosaic along a photo's side: a face has nine of them at most."""
CROP_CELLS = 13
"""Of the mosaic along a crop's side, of which a face takes up six tenths."""
COLOURS = 96
HALFWAY = 45

NAMES = ("Ana Souza", "Bruno Lima", "Carla Dias", "Davi Rocha", "Elisa Melo")
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB"}
PHONE: dict[str, Any] = {
    **DESKTOP,
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 1.5,
    "is_mobile": True,
    "locale": "pt-BR",
    "color_scheme": "dark",
}

_MOSAIC = """async ([cells, crop]) => {
  const canvas = (side) => Object.assign(document.createElement("canvas"), { width: side, height: side });
  for (const image of document.querySelectorAll("img")) {
    const side = image.closest(".face") ? crop : cells;
    const [small, large] = [canvas(side), canvas(side * 16)];
    small.getContext("2d").drawImage(image, 0, 0, side, side);
    const drawn = large.getContext("2d");
    drawn.imageSmoothingEnabled = false;
    drawn.drawImage(small, 0, 0, side * 16, side * 16);
    image.src = URL.createObjectURL(await new Promise((done) => large.toBlob(done)));
    await image.decode();
  }
}"""


def main() -> None:
    """Take them and write docs/images."""
    IMAGES.mkdir(exist_ok=True)
    everybody = people(usual_place(), EACH + 2)
    cast = sorted(everybody)[:CAST]
    with _service(everybody, cast) as service, service.client() as http, sync_playwright() as playwright:
        _enrol(http, everybody, cast)
        browser = playwright.chromium.launch(executable_path=chromium.find())
        _phone(browser, service.url)
        _client(browser, service.url)
        _compare(browser, service.url, everybody[cast[0]][0](), everybody[cast[0]][1]())
        _unknown(browser, service.url)
        browser.close()


def _phone(browser: Browser, url: str) -> None:
    """A gallery while it is being processed."""
    page = _open(browser, PHONE, f"{url}/console/#/galleries/festa")
    page.get_by_role("button", name="Processar fotos").click()
    bar = page.get_by_role("progressbar")
    while int(bar.get_attribute("aria-valuenow") or 0) < HALFWAY:
        page.wait_for_timeout(50)
    _take(page, "gallery")
    page.locator("[data-status=done]").wait_for()


def _client(browser: Browser, url: str) -> None:
    page = _open(browser, DESKTOP, f"{url}/console/#/galleries/festa/client/1")
    page.locator(".tile .box").nth(EACH - 2).wait_for()
    _take(page, "client")


def _unknown(browser: Browser, url: str) -> None:
    page = _open(
        browser, DESKTOP | {"color_scheme": "dark", "locale": "es"}, f"{url}/console/#/galleries/festa/unknown"
    )
    page.locator(".face img").nth(CAST - len(NAMES) - 1).wait_for()
    _take(page, "unknown")


def _compare(browser: Browser, url: str, first: bytes, second: bytes) -> None:
    page = _open(browser, DESKTOP | {"viewport": {"width": 1280, "height": 1080}}, f"{url}/console/#/try/compare")
    for name, content in (("passport.jpg", first), ("selfie.jpg", second)):
        picture: Any = {"name": name, "mimeType": "image/jpeg", "buffer": content}
        page.locator("input[type=file]").first.set_input_files(picture)
    page.get_by_role("button", name="Compare").click()
    page.locator(".outcome").wait_for()
    _take(page, "compare")


def _open(browser: Browser, device: dict[str, Any], address: str) -> Page:
    page = browser.new_context(**device).new_page()
    page.goto(address)
    return page


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    page.evaluate(_MOSAIC, [CELLS, CROP_CELLS])
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(IMAGES / f"{name}.png", optimize=True)
    print(f"docs/images/{name}.png: {(IMAGES / f'{name}.png').stat().st_size} bytes")


def _enrol(http: httpx2.Client, everybody: People, cast: list[str]) -> None:
    http.put("/galleries/festa", json={"source": "s3://photos/festa/", "name": "Festa de verão"}).raise_for_status()
    for number, (name, person) in enumerate(zip(NAMES, cast, strict=False), 1):
        files = {"file": ("a.jpg", everybody[person][0]())}
        http.post(f"/galleries/festa/clients/{number}/enroll-face", data={"name": name}, files=files).raise_for_status()


@contextmanager
def _service(everybody: People, cast: list[str]) -> Iterator[Service]:
    photos = dict(_photos(everybody, cast))
    with tempfile.TemporaryDirectory() as folder, photos_in_s3(Path(folder) / "s3", photos) as storage:
        service = Service(Path(folder), settings_for(storage)).start()
        try:
            yield service
        finally:
            service.stop()


def _photos(everybody: People, cast: list[str]) -> Iterator[tuple[str, bytes]]:
    """Keys and photos; the keys tell no name."""
    shown = [photo for name in cast for photo in everybody[name][1 : EACH + 1]]
    guests = [everybody[name][0] for name in sorted(everybody)[CAST : CAST + GUESTS]]
    for number, photo in enumerate([*shown, *guests]):
        yield f"festa/IMG_{2300 + number * 7 % 1000:04}.jpg", photo()


if __name__ == "__main__":
    began = time.perf_counter()
    main()
    print(f"{time.perf_counter() - began:.0f} s")
