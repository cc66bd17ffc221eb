"""Photographs with names, as folders and zip files hold them."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from app.commands.photos import without
from app.domain.errors import InvalidRequest
from app.vision.labelled import photos

FILES = ("ann/1.jpg", "ann/2.JPG", "ann/notes.txt", "loose.jpg", "old/bob/1.png")


def told(place: Path) -> list[tuple[str, str, str, bytes]]:
    return [(photo.person, photo.group, photo.name, photo.read()) for photo in photos(place)]


def test_folders_and_zip_files_are_read_alike(tmp_path: Path) -> None:
    folder, archive = tmp_path / "folder", tmp_path / "photos.zip"
    with ZipFile(archive, "w") as zipped:
        for file in FILES:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(file.encode())
            zipped.writestr(file, file.encode())

    assert told(folder) == told(archive)
    assert told(folder) == [
        ("ann", "", "ann/1.jpg", b"ann/1.jpg"),
        ("ann", "", "ann/2.JPG", b"ann/2.JPG"),
        ("bob", "old", "bob/1.png", b"old/bob/1.png"),
    ]


@pytest.mark.parametrize("name", ["empty", "nowhere", "broken.zip"])
def test_a_place_without_photographs_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK")

    with pytest.raises(InvalidRequest, match=name):
        photos(tmp_path / name)


def test_people_and_photos_can_be_left_out(tmp_path: Path) -> None:
    for file in ("ann/1.jpg", "ann/2.jpg", "bob/1.jpg", "eve/1.jpg"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    unwanted = tmp_path / "unwanted.txt"
    unwanted.write_text("# one person under two names\nbob\nann/2.jpg  # somebody else\n\n")

    assert [photo.name for photo in without(photos(tmp_path), unwanted)] == ["ann/1.jpg", "eve/1.jpg"]
    assert len(without(photos(tmp_path), None)) == 4
    with pytest.raises(InvalidRequest):
        without([], tmp_path / "nowhere")
