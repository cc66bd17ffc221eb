"""The map in app/__init__.py shows the way to files that are there."""

import re
from pathlib import Path

import app

ROOT = Path(app.__file__).parent


def _drawn() -> set[str]:
    return set(re.findall(r"\w+/\w*", app.__doc__ or ""))


def test_every_place_on_the_map_exists() -> None:
    missing = {place for place in _drawn() if not (ROOT / place).is_dir() and not (ROOT / f"{place}.py").is_file()}

    assert missing == set()


def test_the_map_shows_every_stage_of_the_picture() -> None:
    shown = {place.split("/")[0] for place in _drawn()}

    assert shown >= {"sources", "vision", "recognisers", "store", "services", "api"}
