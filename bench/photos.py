"""Photographs of people: a folder or a zip file that holds a folder for each person."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif"}

Photo = Callable[[], bytes]
People = Mapping[str, tuple[Photo, ...]]


class NoPhotos(Exception):
    """There are no photographs to work with; says where some are looked for."""


def usual_place() -> Path:
    """FACE_TEST_IMAGES, else ../shared/images beside the checkout; the faces of LFW are expected in it."""
    return Path(os.environ.get("FACE_TEST_IMAGES") or ROOT.parent / "shared" / "images") / "lfw/lfw-deepfunneled.zip"


def people(path: Path, least: int = 2) -> People:
    """Everybody with at least so many photographs, by name, their photographs by file name. Raises NoPhotos."""
    found = defaultdict(list)
    for person, file, photo in sorted(_photos(path), key=lambda entry: entry[:2]):
        found[person].append((file, photo))
    enough = {name: tuple(photo for _, photo in files) for name, files in found.items() if len(files) >= least}
    if not enough:
        msg = f"{path} holds nobody with {least} photographs: put some there as PERSON/*.jpg."
        raise NoPhotos(msg)
    return enough


def _photos(path: Path) -> Iterator[tuple[str, str, Photo]]:
    if path.is_dir():
        for file in path.glob("*/*"):
            if file.suffix.lower() in SUFFIXES:
                yield file.parent.name, file.name, file.read_bytes
    elif path.is_file():
        yield from _zipped(ZipFile(path))


def _zipped(archive: ZipFile) -> Iterator[tuple[str, str, Photo]]:
    for entry in archive.infolist():
        inside = PurePosixPath(entry.filename)
        if inside.suffix.lower() in SUFFIXES:
            yield inside.parent.name, inside.name, partial(archive.read, entry)
