import base64

import pytest

from app.domain.errors import ImageTooLarge, InvalidBase64
from app.sources.inline import decode

BYTES = bytes(range(256)) * 5  # has every digit of both alphabets, and wants padding
STANDARD = base64.b64encode(BYTES).decode()


@pytest.mark.parametrize(
    "text",
    [
        STANDARD,
        base64.urlsafe_b64encode(BYTES).decode(),
        STANDARD.rstrip("="),
        base64.encodebytes(BYTES).decode(),
        f"  {STANDARD}\r\n",
        f"data:image/jpeg;base64,{STANDARD}",
        f"DATA:image/svg+xml;charset=utf-8;Base64, {STANDARD}",
        f"data:;base64,{STANDARD}",
    ],
)
def test_base64_is_read_in_every_usual_writing(text: str) -> None:
    assert decode(text, 10_000) == BYTES


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "====", "a", "abcde", "!!!!", "YWJj*YWJj", "YWJjé", "YW=Jj", "data:image/png,abc"),
        *("data:image/png;base64", "data:image/png;base64,", "not base64 at all!", "YWJj\x00"),
    ],
)
def test_text_that_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(InvalidBase64):
        decode(text, 10_000)


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False), (1002, False)])
def test_the_cap_is_exact(size: int, fits: bool) -> None:  # noqa: FBT001
    text = base64.b64encode(b"x" * size).decode()

    if fits:
        assert len(decode(text, 1000)) == size
    else:
        with pytest.raises(ImageTooLarge):
            decode(text, 1000)


def test_text_beyond_the_cap_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(ImageTooLarge):
        decode("!" * 2000, 1000)
