"""What goes wrong is said in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bench.photos import People
from bench.service import Service
from tests.console.conftest import DESKTOP, KEY, PHONE, VENUS, Open

SPANISH = {**DESKTOP, "locale": "es-MX"}


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that the test may stop."""
    service = Service(tmp_path_factory.mktemp("fragile"), {"ADMIN_TOKEN": KEY}).start()
    yield service
    service.stop()


def test_a_wrong_key_is_told_and_a_right_one_lets_in(open_console: Open) -> None:
    console = open_console(SPANISH)

    console.sign_in("not the key")
    expect(console.page.get_by_role("alert")).to_contain_text("Esta clave no es válida")
    console.enter()

    expect(console.page.get_by_role("heading", name="Personas")).to_be_visible()


def test_a_file_that_is_no_picture_is_told_and_another_may_be_chosen(open_console: Open, everybody: People) -> None:
    console = open_console(PHONE)
    console.sign_in()
    console.press("people.enrol")

    console.choose(("notes.jpg", b"these are notes"))
    expect(console.page.get_by_role("alert")).to_contain_text(console.say("problem.image_unreadable"))
    console.press("enrol.other")
    console.choose(("venus.jpg", everybody[VENUS][0]()))

    expect(console.page.locator(".advice")).to_have_text(console.say("advice.good"))


def test_of_several_faces_one_is_picked_and_kept(open_console: Open, images: Path) -> None:
    console = open_console(DESKTOP)
    page = console.page
    console.sign_in()
    console.press("people.enrol")
    console.choose(("friends.jpg", (images / "groups" / "friends_6faces.jpg").read_bytes()))
    faces = page.get_by_role("dialog").get_by_role("button", name=console.say("face"), exact=True)
    expect(faces.nth(3)).to_be_visible()

    faces.nth(3).click()
    console.fill("person.id", "picked")
    console.shoot("several")
    console.press("enrol.keep")

    page.get_by_role("link", name="picked").click()
    expect(page.locator(".facts")).to_contain_text(console.say("person.faces"))
    expect(page.locator(".cards.faces > li")).to_have_count(1)


def test_an_id_that_cannot_be_is_told(open_console: Open, everybody: People) -> None:
    console = open_console(DESKTOP)
    console.sign_in()
    console.press("people.enrol")
    console.choose(("venus.jpg", everybody[VENUS][0]()))

    console.fill("person.id", "a/b")
    console.press("enrol.keep")

    expect(console.page.get_by_role("alert")).to_contain_text("member_id: ")


def test_a_name_with_markup_stays_a_name(open_console: Open, everybody: People) -> None:
    console = open_console(DESKTOP)
    console.sign_in()
    console.press("people.enrol")
    console.choose(("venus.jpg", everybody[VENUS][0]()))
    name = "<img src=x onerror=alert(1)> {{7*7}}"

    console.fill("person.id", "markup")
    console.fill("person.name", name)
    console.press("enrol.keep")

    expect(console.page.get_by_text(name, exact=True).first).to_be_visible()


def test_a_service_that_is_gone_or_knows_the_key_no_more_is_told(open_console: Open, fragile: Service) -> None:
    console = open_console(DESKTOP, fragile.url)
    page = console.page
    console.sign_in()
    expect(page.get_by_role("heading", name="Nobody here yet")).to_be_visible()
    page.wait_for_load_state("networkidle")

    fragile.stop()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("alert").first).to_contain_text("does not answer")
    console.shoot("gone")

    fragile.environment["ADMIN_TOKEN"] = "another key from now on"
    fragile.start()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_role("alert")).to_contain_text("This key is not valid")
    expect(page.get_by_label("API key or Supabase token")).to_be_visible()
