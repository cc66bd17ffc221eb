"""Enrolling a whole folder of a storage: whose photo an object is, and what is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import InvalidRequest, MemberIdUnknown
from app.domain.matching import FaceSelection
from app.domain.members import wrong_with_id
from app.domain.storage import Folder

ID, ANY = "{member_id}", "{any}"
STEM, FOLDER = "stem", "folder"

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_GRAMMAR = (
    "member_id_from is stem, folder or a template of the path with {member_id} in it once, such as {member_id}/{any} "
    "or {member_id}_{any}.jpg; placeholders do not touch each other."
)


@dataclass(frozen=True, slots=True)
class Naming:
    """How an object's key says whose photo it is.

    `stem`: by the file's name without its ending. `folder`: by the folder it lies in. Else a template of the path below
    the source's prefix: {member_id} stands for the id, which has no slash in it, {any} for anything. From left to right
    each stands for as little as it can, so that reading a key takes time in proportion to its length, whatever the
    template: a caller's regular expression would promise no such thing. Raises InvalidRequest for any other text.
    """

    template: str

    def __post_init__(self) -> None:
        parts = _PLACEHOLDER.split(self.template)
        placeholders, between = parts[1::2], parts[2:-2:2]
        sound = placeholders.count(ID) == 1 and set(placeholders) <= {ID, ANY} and all(between)
        if self.template not in (STEM, FOLDER) and not (sound and not set("{}") & set("".join(parts[::2]))):
            raise InvalidRequest(_GRAMMAR)

    def member_id(self, path: str) -> str:
        """Whose photo it is. path: the key without the source's prefix. Raises MemberIdUnknown.

        >>> Naming("{member_id}_{any}.jpg").member_id("ana_front_1.jpg"), Naming("folder").member_id("2026/bob/1.jpg")
        ('ana', 'bob')
        """
        *folders, name = path.lstrip("/").split("/")
        match self.template:
            case "stem":
                found = name.rpartition(".")[0] or name
            case "folder":
                found = folders[-1] if folders else ""
            case _:
                found = _read(self.template, path.lstrip("/"))
        if wrong_with_id(found):
            raise MemberIdUnknown
        return found


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What is asked for. name: of every member, {member_id} in it standing for theirs; None leaves names as they are.

    replace: faces that a member had before the job go when the first of their new ones is kept.
    """

    source: Folder
    naming: Naming
    name: str | None = None
    selection: FaceSelection = FaceSelection.SINGLE
    replace: bool = False

    def name_of(self, member_id: str) -> str | None:
        return None if self.name is None else self.name.replace(ID, member_id)

    def path(self, key: str) -> str:
        """The key below the source's prefix, which may end within a folder's or a file's name."""
        below = key.removeprefix(self.source.prefix)
        if not self.source.prefix or self.source.prefix.endswith("/") or below.startswith("/"):
            return below.lstrip("/")
        return key[self.source.prefix.rfind("/") + 1 :]

    def request(self) -> dict[str, object]:
        """As JSON, to be kept with the job."""
        return {
            "source": self.source.uri,
            "member_id_from": self.naming.template,
            "name": self.name,
            "face_selection": str(self.selection),
            "replace": self.replace,
        }

    @classmethod
    def of(cls, request: Mapping[str, object]) -> "IndexPlan":
        """What `request` made JSON of."""
        name = request["name"]
        return cls(
            Folder.parse(str(request["source"])),
            Naming(str(request["member_id_from"])),
            None if name is None else str(name),
            FaceSelection(str(request["face_selection"])),
            request["replace"] is True,
        )


def _read(template: str, path: str) -> str:
    """What stands in the place of {member_id}; "" where the path is not of that form."""
    first, *rest = _PLACEHOLDER.split(template)
    found, left = "", path.removeprefix(first) if path.startswith(first) else None
    for place in range(0, len(rest), 2):
        if left is None:
            return ""
        taken, left = _take(left, rest[place + 1], last=place + 2 == len(rest))
        found = taken if rest[place] == ID else found
    return found if left is not None and "/" not in found else ""


def _take(text: str, until: str, *, last: bool) -> tuple[str, str | None]:
    """What comes before the next `until`, or before it at the very end, and what comes after. None: it is not there."""
    if last:
        return (text.removesuffix(until), "") if text.endswith(until) else ("", None)
    taken, there, after = text.partition(until)
    return taken, after if there else None
