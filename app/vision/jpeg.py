"""What the markers of a JPEG file say of it, without decoding it (ITU-T T.81, annex B)."""

import re
from dataclasses import dataclass

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""The next marker that is neither a stuffed byte of the picture's data nor one of its restart markers. Fill bytes may
stand before it; a pattern that begins with one plain byte is searched twenty times as fast as one that counts them."""

_END, _SCAN, _LENGTHLESS = 0xD9, 0xDA, 0x01


@dataclass(frozen=True, slots=True)
class Outline:
    """scans: passes over the whole picture, 1 unless it is progressive. complete: whether its end is there."""

    scans: int
    complete: bool


def outline(content: bytes) -> Outline:
    """Walk the markers of the first picture in the file."""
    at, scans = 2, 0
    while found := _MARKER.search(content, at):
        at, marker = found.end(), found.group()[-1]
        if marker == _END:
            return Outline(scans, complete=True)
        scans += marker == _SCAN
        if marker != _LENGTHLESS:
            at += max(2, int.from_bytes(content[at : at + 2]))
    return Outline(scans, complete=False)
