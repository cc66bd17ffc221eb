"""The cheap looks at a file's structure that tell a whole picture from a truncated one."""

from pathlib import Path

import pytest

from app.vision.boxes import complete
from app.vision.jpeg import Outline, outline
from tests.unit.vision.photos import photo, written


def box(kind: bytes, payload: bytes, size: int | None = None) -> bytes:
    return (len(payload) + 8 if size is None else size).to_bytes(4) + kind + payload


def test_a_file_of_whole_boxes_is_complete() -> None:
    assert complete(box(b"ftyp", b"heic") + box(b"mdat", b"x" * 100))


def test_a_box_that_runs_over_the_end_is_not() -> None:
    assert not complete(box(b"ftyp", b"heic") + box(b"mdat", b"x" * 100)[:-1])


def test_the_last_box_may_reach_to_the_end() -> None:
    assert complete(box(b"ftyp", b"heic") + box(b"mdat", b"x" * 100, size=0))


def test_a_long_box_tells_its_size_behind_its_name() -> None:
    content = box(b"ftyp", b"avif") + box(b"mdat", (116).to_bytes(8) + b"x" * 100, size=1)

    assert complete(content)
    assert not complete(content[:-1])


@pytest.mark.parametrize("size", [2, 7])
def test_a_box_smaller_than_its_own_header_is_broken(size: int) -> None:
    assert not complete(box(b"ftyp", b"heic", size=size))


def test_a_baseline_jpeg_is_one_scan(images: Path) -> None:
    assert outline(written(photo(images), "JPEG")) == Outline(scans=1, complete=True)


def test_a_progressive_jpeg_is_several_scans(images: Path) -> None:
    found = outline(written(photo(images), "JPEG", progressive=True))

    assert found.complete
    assert 5 < found.scans < 20


def test_restart_markers_are_part_of_the_picture(images: Path) -> None:
    content = written(photo(images), "JPEG", restart_marker_blocks=4)
    assert b"\xff\xd0" in content

    assert outline(content) == Outline(scans=1, complete=True)


def test_a_marker_within_metadata_is_not_the_pictures_end(images: Path) -> None:
    content = written(photo(images), "JPEG", comment=b"\xff\xd9\xff\xda" * 9)

    assert outline(content) == Outline(scans=1, complete=True)
    assert not outline(content[:-2]).complete


def test_what_follows_the_end_does_not_matter(images: Path) -> None:
    content = written(photo(images), "JPEG")

    assert outline(content + b"\xff\xda video of a living photo") == Outline(scans=1, complete=True)
