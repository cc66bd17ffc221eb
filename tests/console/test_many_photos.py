"""A gallery of 5,000 photos is scrolled from end to end."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from bench.photos import People
from bench.service import Service
from bench.storage import photos_in_s3, settings_for
from tests.console.conftest import DESKTOP, KEY, VENUS, Open, watching

MANY = 5_000

PATIENCE_SECONDS = 60
LONGEST_TASK_MILLISECONDS = 700
"""Twice what was seen beside another browser on two cores, at a speed of scrolling that no hand reaches."""

WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
  }).observe({ type: "longtask" });
}"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory, everybody: People) -> Iterator[Service]:
    """A service beside a bucket with 5,000 photos."""
    folder, photo = tmp_path_factory.mktemp("crowded"), everybody[VENUS][0]()
    with photos_in_s3(folder / "s3", {f"many/{n:04}.jpg": photo for n in range(MANY)}) as storage:
        service = Service(folder, {**settings_for(storage), "ADMIN_TOKEN": KEY}).start()
        yield service
        service.stop()


def test_a_grid_of_5000_photos_scrolls_without_a_freeze(open_console: Open, crowded: Service) -> None:
    _list_the_photos(crowded)
    console = open_console(DESKTOP, crowded.url)
    page = console.page
    console.sign_in()
    console.go("galleries", "many", "photos")
    tiles = page.locator(".tiles > li")
    expect(tiles.first.locator("img")).to_be_visible()
    page.evaluate(WATCH)

    with watching(page) as asked:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (count := tiles.count()) < MANY or not page.locator(".tiles > li:last-child img").count():
            assert time.monotonic() < deadline, (
                f"only {count} photos after {PATIENCE_SECONDS} s, or not the last's picture"
            )
            page.mouse.wheel(0, 20_000)
            page.wait_for_timeout(30)

    longest, pictures = page.evaluate("window.longest"), [url for url in asked if "/thumbnail" in url]
    print(f"longest task {longest:.0f} ms, {len(pictures)} of {MANY} pictures were asked for")
    console.shoot("many")
    assert longest < LONGEST_TASK_MILLISECONDS
    assert len(pictures) < MANY / 2, "pictures that nobody sees are fetched"


def _list_the_photos(service: Service) -> None:
    """Have them known without looking for faces in each of them."""
    with service.client(KEY) as http:
        http.put("/galleries/many", json={"source": "s3://photos/many/"})
        http.post("/galleries/many/process-faces", json={})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (standing := _standing(http))["total"] < MANY:
            assert time.monotonic() < deadline, standing
            time.sleep(0.1)
        http.post(f"/jobs/{standing['job_id']}/cancel")


def _standing(http: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = http.get("/galleries/many/face-process-status").json()
    return found
