"""Every text is there in every language, and every text that is there is used."""

import re
from collections.abc import Iterable
from enum import StrEnum

import pytest

from app.console.assets import FOLDER
from app.domain.faces import Flaw
from app.domain.items import ItemState
from app.domain.jobs import JobKind, JobState
from app.domain.matching import Decision
from app.domain.webhooks import DeliveryState
from tools.reference import errors

LANGUAGES = ("en", "pt-BR", "es")
SCRIPTS = "\n".join(file.read_text() for file in FOLDER.rglob("*.js") if file.parent.name not in ("i18n", "vendor"))
FIRST_WORDS = set(re.findall(r"[tT](?:extOr)?\(`([a-z_]+)[.]\$\{", SCRIPTS)) | {"kind", "state", "problem", "tab"}
"""What texts begin with whose key is put together: `state.${of}`."""


def words(language: str) -> dict[str, str]:
    lines = re.findall(r'^  "([^"]+)": "(.*)",$', (FOLDER / f"i18n/{language}.js").read_text(), re.MULTILINE)
    assert len(lines) == len(dict(lines)), "a key stands there twice"
    return dict(lines)


def _holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_says_the_same(language: str) -> None:
    english, other = words("en"), words(language)

    assert set(english) ^ set(other) == set()
    assert {key for key in english if _holes(english[key]) != _holes(other[key])} == set()
    assert {key for key in english if english[key].count(" | ") != other[key].count(" | ")} == set()


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r'\bt(?:extOr)?\("([a-z0-9_.]+)"', SCRIPTS))

    assert len(asked) > 150
    assert asked - set(words("en")) == set()


def test_every_text_is_asked_for() -> None:
    whole = {key for key in words("en") if f'"{key}"' in SCRIPTS}
    made = {key for key in words("en") if key.split(".")[0] in FIRST_WORDS}

    assert set(words("en")) - whole - made == set()


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("state", [*JobState, *ItemState, *DeliveryState, *Decision]),
        ("kind", list(JobKind)),
        ("advice", list(Flaw)),
    ],
)
def test_what_the_service_says_in_one_word_is_said_in_words(prefix: str, codes: Iterable[StrEnum]) -> None:
    assert {code for code in codes if f"{prefix}.{code}" not in words("en")} == set()


def test_problems_that_are_told_are_problems_of_the_service() -> None:
    known = {kind.slug for kind in errors()} | {"offline", "request"}

    assert {key.removeprefix("problem.") for key in words("en") if key.startswith("problem.")} - known == set()
