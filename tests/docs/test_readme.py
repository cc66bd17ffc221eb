"""The README and the guides speak of things that are there."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from app.cli import app as command_line
from app.config import Settings
from app.main import create_app
from tools.reference import variables

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = PAGES[0].read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]


def _calls() -> list[tuple[str, str, set[str]]]:
    """Each curl of the README: the method, the path that it calls, and the fields that it sends."""
    curls = [command for command in _commands() if "curl" in command]
    fields = [re.findall(r"-F (\w+)=", curl) + re.findall(r'"(\w+)":', curl) for curl in curls]
    return [
        (_method(curl), urlsplit(curl.split()[-1]).path, set(names)) for curl, names in zip(curls, fields, strict=True)
    ]


def _method(curl: str) -> str:
    if "-X PUT" in curl:
        return "put"
    return "post" if " -F " in curl or "--json" in curl else "get"


@cache
def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = create_app(Settings()).openapi()["paths"]
    return paths


def _operation(method: str, path: str) -> dict[str, Any]:
    """What the interface says of a call."""
    paths = _paths()
    [template] = [known for known in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path)]
    operation: dict[str, Any] = paths[template][method]
    return operation


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if "//" not in link and not (page.parent / link).exists()] == []


def test_sections_that_are_linked_exist() -> None:
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([\w-]+)\)", README)) <= headings


def test_make_commands_are_in_the_makefile() -> None:
    named = {name for page in PAGES for name in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE)}

    assert named >= {"run", "test", "demo", "bench"}
    assert named <= TARGETS


def test_steps_of_the_checks_are_in_their_script() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    named = {step for steps in re.findall(r"`\.ci/run ([a-z ]+)`", README) for step in steps.split()}

    assert named
    assert all(f"\n{step}() {{" in script for step in named)


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"python -m app ((?:models )?[a-z]+)", "\n".join(p.read_text() for p in PAGES))))
)
def test_commands_of_the_service_are_known_to_it(command: str) -> None:
    asked = CliRunner().invoke(command_line, [*command.split(), "--help"])

    assert asked.exit_code == 0, asked.output


def test_settings_that_are_named_exist() -> None:
    groups = [group.annotation for group in Settings.model_fields.values()]
    settings = {name for group in groups for name, _ in variables(group)}  # type: ignore[arg-type]  # all are settings
    elsewhere = {"DEMO_IMAGES", "FACE_TEST_IMAGES", "FOLDER", "S3_", "R2_", "ARGS"}
    named = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]*)(?:=[^`]*|…)?`", README))

    assert named - settings - elsewhere == set()


@pytest.mark.parametrize(("method", "path", "fields"), _calls())
def test_calls_are_those_of_the_interface(method: str, path: str, fields: set[str]) -> None:
    content = _operation(method, path).get("requestBody", {}).get("content", {})

    known = {name for kind in content.values() for name in kind["schema"]["properties"]}

    assert bool(content) == (method != "get")
    assert fields <= known


def test_figures_are_filled_in() -> None:
    for mark in ("demo", "rank1", "speed"):
        between = re.search(rf"<!-- {mark}\b.*?-->(.*?)<!-- /{mark} -->", README, re.DOTALL)
        assert between, mark
        assert re.search(r"\d", between[1]), f"nothing between the marks of {mark}"
