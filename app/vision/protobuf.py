"""Fields of a protocol buffer, as far as an ONNX file needs them.

The encoding: https://protobuf.dev/programming-guides/encoding/. Whoever follows a few fields steps over everything
else, the weights above all, so that a file of 250 MB takes milliseconds, where importing the `onnx` package alone
takes 0.3 s.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIDTH = {_FIXED64: 8, _FIXED32: 4}

BROKEN = (OSError, ValueError, IndexError, KeyError)
"""What is raised for a file that cannot be read or holds no such message."""


def opened(file: Path) -> memoryview:
    """The whole file, read only where it is looked at. Raises OSError, and ValueError where it is empty."""
    with file.open("rb") as stream:
        # It is not closed by hand: after an error the traceback still holds parts of it. It goes with the last of them.
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield each field's number and bytes. Raises IndexError, KeyError where this is no protobuf message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        end = _end(message, at, tag & 7)
        begin = end - _varint(message, at)[0] if tag & 7 == _LENGTH else at
        yield tag >> 3, message[begin:end]
        at = end


def every(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the bytes of the fields of that number."""
    return (body for number, body in fields(message) if number == wanted)


def number(value: memoryview) -> int:
    """The number that a varint field holds."""
    return _varint(value, 0)[0]


def _end(message: memoryview, at: int, wire: int) -> int:
    if wire == _VARINT:
        return _varint(message, at)[1]
    length, at = _varint(message, at) if wire == _LENGTH else (_WIDTH[wire], at)
    if at + length > len(message):
        raise IndexError
    return at + length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at `at`, seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says «more»
            return value, at
        shift += 7
