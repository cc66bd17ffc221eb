"""Somebody is watched for, and found among pictures."""

from typing import Any

from playwright.sync_api import expect

from bench.photos import People
from tests.console.conftest import DESKTOP, PETE, VENUS, Open


def test_who_is_watched_for_is_found_among_pictures(open_console: Open, everybody: People) -> None:
    console = open_console(DESKTOP)
    page = console.page
    console.sign_in()
    page.get_by_role("link", name=console.say("place.watch")).click()

    console.press("entry.new")
    console.fill("person.name", "Venus W.")
    console.fill("entry.reason", "barred until June")
    console.press("save")
    console.press("entry.add")
    console.choose(("venus.jpg", everybody[VENUS][0]()))
    expect(page.locator(".cards.faces > li")).to_have_count(1)

    console.go("watch", "images")
    console.press("images.check")
    photos = {"venus.jpg": everybody[VENUS][1](), "pete.jpg": everybody[PETE][0](), "notes.jpg": b"no picture"}
    sent: list[Any] = [{"name": name, "mimeType": "image/jpeg", "buffer": photo} for name, photo in photos.items()]
    page.locator("input[type=file]").set_input_files(sent)
    expect(page.get_by_role("alert")).to_contain_text(console.say("problem.image_unreadable"))
    expect(page.locator(".row")).to_have_count(2)
    console.shoot("watch")
    page.locator(".row", has_text="Venus W.").get_by_role("link").click()
    page.locator(".rows").get_by_role("link", name="Venus W.").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Venus W.")
    expect(page.locator(".rows .row")).to_have_count(1)

    console.press("entry.sleep")
    expect(page.locator(".facts")).to_contain_text(console.say("entry.asleep"))
