"""What is held of a person: handed out, or forgotten for good with a receipt."""

from collections.abc import Awaitable, Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.collections import CollectionRef
from app.domain.storage import Folder

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody whose data it is: a member of a collection, be they a gallery's client or on a blacklist."""

    ref: CollectionRef
    member_id: str


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A keyed hash of something that can be guessed, in hex; without the key it says nothing. key_id: of the key."""

    key_id: str
    value: str


@dataclass(frozen=True, slots=True)
class StoredPicture:
    folder: Folder
    key: str


@dataclass(frozen=True, slots=True)
class Removed:
    """What an erasure takes away, before it is final. counts: rows, by what they were. pictures: that go with them.

    copies: of faces that another service keeps, by its ids.
    """

    counts: Mapping[str, int]
    pictures: Sequence[StoredPicture]
    copies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """One that is final. receipt: signed. already: whether it was done before, and nothing now."""

    erasure_id: str
    erased_at: datetime
    counts: Mapping[str, int]
    receipt: str
    already: bool = False


Settle = Callable[[Removed], Awaitable[tuple[Pseudonym, Erasure]]]
"""Deletes the pictures and copies of what is removed, which it may be asked to do twice, and makes the receipt."""


def without(found: Json, members: Container[str]) -> dict[str, Any]:
    """What was found in a picture, less some members: their matches, and the faces that are most like theirs.

    found: `faces`, each with its `matches`, best first, and `matches` of all faces together; see services.analyse.
    """
    faces = [face for face in found["faces"] if not _is_of(face, members)]
    return {
        **found,
        "matches": _others(found["matches"], members),
        "faces": [{**face, "matches": _others(face["matches"], members)} for face in faces],
    }


def about(found: Json, member_id: str) -> dict[str, Any]:
    """The part of it that is a member's own: faces that may be theirs, with nobody else who they may be."""
    of_them = [(face, list(_of(face["matches"], {member_id}))) for face in found["faces"]]
    return {
        **found,
        "matches": list(_of(found["matches"], {member_id})),
        "faces": [{**face, "matches": matches} for face, matches in of_them if matches],
    }


def names_anybody(found: Json) -> bool:
    return any(face["matches"] for face in found["faces"])


def named(found: Json) -> set[str]:
    """The members that it names."""
    of_faces = (match for face in found["faces"] for match in face["matches"])
    return {match["member_id"] for match in (*found["matches"], *of_faces)}


def _is_of(face: Json, members: Container[str]) -> bool:
    return bool(face["matches"]) and face["matches"][0]["member_id"] in members


def _of(matches: Sequence[Json], members: Container[str]) -> Iterator[Json]:
    return (match for match in matches if match["member_id"] in members)


def _others(matches: Sequence[Json], members: Container[str]) -> list[Json]:
    return [match for match in matches if match["member_id"] not in members]
