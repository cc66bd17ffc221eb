"""Cursors come back as what they were made of, and nothing else is one."""

import json
from base64 import urlsafe_b64encode

import pytest

from app.domain.errors import InvalidRequest
from app.store import cursor


@pytest.mark.parametrize("key", [("ann",), ("",), ("a/b+c", "Зоя"), ('"', "\\"), ("🙂" * 50,)])
def test_a_key_comes_back_as_it_was(key: tuple[str, ...]) -> None:
    text = cursor.encode(*key)

    assert text.replace("-", "").replace("_", "").isalnum()
    assert cursor.decode(text, len(key)) == key


@pytest.mark.parametrize("content", ['["a","b"]', "[1]", '{"a":1}', '"a"', "[", "[" * 100_000, ""])
def test_what_was_not_made_here_is_refused(content: str) -> None:
    with pytest.raises(InvalidRequest):
        cursor.decode(urlsafe_b64encode(content.encode()).decode(), 1)


@pytest.mark.parametrize("text", ["a", "é", "\0", "====", "WyJhIl0x", json.dumps(["a"])])
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        cursor.decode(text, 1)


def test_a_page_leads_on_only_where_there_is_more() -> None:
    assert cursor.page(["a", "b"], 2, lambda row: row).next_cursor == ""
    assert cursor.decode(cursor.page(["a", "b", "c"], 2, lambda row: row).next_cursor, 1) == ("b",)
