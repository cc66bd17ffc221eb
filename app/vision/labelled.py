"""Photographs with names: found in a folder or a zip file, and turned into embeddings."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from app.domain.comparisons import Labelled
from app.domain.errors import FaceReconError, InvalidRequest
from app.domain.faces import AlignedFace, Embedding, Picture
from app.domain.labels import Label, label_of, labelled
from app.vision.engine import Engine

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".avif", ".bmp"}

AT_ONCE = 8
"""Pictures handed to the engine at a time: enough for its threads, few enough for memory."""

Progress = Callable[[int, int], None]


class Which(StrEnum):
    """Whose face the label means where a photo shows several."""

    LARGEST = "largest"
    CENTRAL = "central"


@dataclass(frozen=True, slots=True)
class Photo:
    """group: the folder above the person's, "" where there is none. name: person and file, to show to people."""

    person: str
    group: str
    name: str
    read: Callable[[], bytes]

    @property
    def label(self) -> Label:
        return Label(self.person, self.group, self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """faces, and of each in the same order the person's name and group. skipped: photos that gave none, by reason."""

    faces: Labelled
    persons: tuple[str, ...]
    groups: tuple[str, ...]
    skipped: Mapping[str, int]


def photos(place: Path) -> list[Photo]:
    """PERSON/* or GROUP/PERSON/* in a folder or a zip file, by name. Raises InvalidRequest where there are none."""
    try:
        found = sorted(_photos(place), key=lambda photo: photo.name)
    except (OSError, BadZipFile) as error:
        msg = f"{place} cannot be read: {error}."
        raise InvalidRequest(msg) from error
    if not found:
        msg = f"{place} holds no photographs: they are looked for as PERSON/*.jpg or GROUP/PERSON/*.jpg."
        raise InvalidRequest(msg)
    return found


async def embed(engine: Engine, given: Sequence[Photo], which: Which, show: Progress) -> Embedded:
    """One face of each photo. Photos that cannot be read or show nobody are left out, and counted."""
    room, done = asyncio.Semaphore(AT_ONCE), Counter[str]()

    async def one(photo: Photo) -> tuple[Photo, Embedding] | None:
        async with room:
            try:
                face = chosen(await engine.see(await asyncio.to_thread(photo.read)), which)
                [embedded] = await engine.embed([face]) if face else [None]
            except FaceReconError as error:
                embedded = None
                done[error.slug] += 1
            else:
                done["" if face else "no_face"] += 1
            show(done.total(), len(given))
            return (photo, embedded.embedding) if embedded else None

    kept = [each for each in await asyncio.gather(*map(one, given)) if each]
    return _embedded([photo for photo, _ in kept], [vector for _, vector in kept], engine.model.dimensions, done)


def chosen(picture: Picture, which: Which) -> AlignedFace | None:
    """The face that is meant; None where there is none."""
    if which is Which.LARGEST or not picture.faces:
        return picture.faces[0] if picture.faces else None
    return min(picture.faces, key=_off_centre)


def _off_centre(face: AlignedFace) -> float:
    box = face.found.box
    return (box.left + box.width / 2 - 0.5) ** 2 + (box.top + box.height / 2 - 0.5) ** 2


def _embedded(given: Sequence[Photo], vectors: Sequence[Embedding], dimensions: int, done: Counter[str]) -> Embedded:
    labels = [photo.label for photo in given]
    faces = labelled(labels, vectors, dimensions)
    skipped = {reason: count for reason, count in done.items() if reason}
    people, groups = tuple(label.unique for label in labels), tuple(label.group for label in labels)
    return Embedded(faces, people, groups, skipped)


def _photos(place: Path) -> Iterator[Photo]:
    if place.is_dir():
        for file in place.rglob("*"):
            if file.is_file():
                yield from _photo(PurePosixPath(file.relative_to(place).as_posix()), file.read_bytes)
    else:
        archive = ZipFile(place)
        for entry in archive.infolist():
            yield from _photo(PurePosixPath(entry.filename), partial(archive.read, entry))


def _photo(inside: PurePosixPath, read: Callable[[], bytes]) -> Iterator[Photo]:
    label = label_of(str(inside))
    if label and inside.suffix.lower() in SUFFIXES:
        yield Photo(label.person, label.group, label.name, read)
