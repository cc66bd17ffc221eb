"""A photographer's afternoon, on a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from bench.photos import People
from tests.console.conftest import DESKTOP, KEY, PHONE, VENUS, Console, Open


@pytest.mark.parametrize(("device", "folder", "count"), [(DESKTOP, "event", 200), (PHONE, "party", 30)])
def test_a_gallery_from_nothing_to_names(
    open_console: Open, everybody: People, *, device: dict[str, Any], folder: str, count: int
) -> None:
    console = open_console(device)
    page = console.page
    console.sign_in()
    _make_gallery(console, folder)
    _enrol_venus(console, everybody)

    seen = _watch_the_bar(console, count)

    assert seen == sorted(seen)
    assert len(set(seen)) > count // 100, "the bar did not move"
    venus = page.get_by_role("link", name="Venus")
    expect(venus).not_to_contain_text("0 ")
    venus.click()
    _reject_one(console)
    _name_somebody(console, folder)
    assert KEY not in page.url
    assert page.context.cookies() == []
    assert KEY not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_the_camera_is_told_what_to_do_and_its_picture_kept(open_console: Open) -> None:
    console = open_console(PHONE)
    page = console.page
    console.sign_in()
    console.press("people.enrol")

    console.press("drop.camera")
    expect(page.locator(".camera .advice")).to_have_text(console.say("advice.good"))
    console.press("camera.take")
    console.fill("person.id", "by-camera")
    console.press("enrol.keep")

    expect(page.get_by_role("link", name="by-camera")).to_be_visible()


def test_two_pictures_are_compared_on_a_scale(open_console: Open, everybody: People) -> None:
    console = open_console(DESKTOP)
    console.sign_in()
    console.go("try", "compare")
    console.choose(("a.jpg", everybody[VENUS][0]()), ("b.jpg", everybody[VENUS][1]()))

    console.press("try.compare.go")

    expect(console.page.locator(".outcome")).to_contain_text(console.say("try.compare.match"))
    expect(console.page.locator(".marked .point")).to_have_count(10)
    expect(console.page.get_by_role("img", name="threshold")).to_be_visible()
    expect(console.page.locator("pre")).to_contain_text("-F a_file=@a.jpg")
    assert KEY not in console.page.content()
    console.shoot("compare")


def _make_gallery(console: Console, folder: str) -> None:
    console.page.get_by_role("link", name=console.say("place.galleries")).click()
    console.press("gallery.new")
    console.fill("gallery.id", folder)
    console.fill("gallery.name", "Sommerfest")
    console.fill("gallery.source", f"s3://photos/{folder}/")
    console.press("gallery.make")
    expect(console.page.get_by_role("heading", level=1)).to_have_text("Sommerfest")


def _enrol_venus(console: Console, everybody: People) -> None:
    console.press("client.add")
    console.choose(("venus.jpg", everybody[VENUS][0]()))
    expect(console.page.locator(".advice")).to_have_text(console.say("advice.good"))
    console.fill("person.id", "1")
    console.fill("person.name", "Venus")
    console.shoot("enrol")
    console.press("enrol.keep")
    expect(console.page.get_by_role("link", name="Venus")).to_be_visible()


def _watch_the_bar(console: Console, count: int) -> list[int]:
    """What the bar said on the way, in percent."""
    page, seen = console.page, []
    console.press("gallery.process")
    bar = page.get_by_role("progressbar", name=console.say("standing"))
    while (state := page.locator("[data-status]").get_attribute("data-status")) != "done":
        assert state in ("listing", "processing")
        seen.append(int(bar.get_attribute("aria-valuenow") or 0))
        if seen[-1] > 20 and len(set(seen)) < 4:
            console.shoot("processing")
        page.wait_for_timeout(150)
    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(page.locator(".tabs").get_by_role("link", name=console.say("tab.photos"))).to_contain_text(str(count))
    return seen


def _reject_one(console: Console) -> None:
    page = console.page
    shots = page.locator(".tiles > li")
    expect(shots.first.locator(".box")).to_be_visible()
    before = shots.count()
    assert before >= 3
    console.shoot("client")
    console.press("reject")
    expect(page.locator(".rejected")).to_have_count(1)
    page.reload()
    console.enter()
    expect(shots).to_have_count(before - 1)


def _name_somebody(console: Console, folder: str) -> None:
    page = console.page
    console.go("galleries", folder, "unknown")
    page.locator("a.person").first.click()
    expect(page.locator(".tiles > li").first.locator(".box")).to_be_visible()
    console.shoot("group")
    console.press("group.name")
    page.get_by_role("dialog").get_by_label(console.say("person.id"), exact=True).fill("2")
    page.get_by_role("dialog").get_by_label(console.say("person.name"), exact=True).fill("Somebody Else")
    console.press("who.keep")
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody Else")
    expect(page.locator(".tiles > li").nth(2)).to_be_attached()
