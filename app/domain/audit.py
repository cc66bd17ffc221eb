"""Who did what to whom, in lines that are chained: a line that was changed or taken out shows.

A line's hash is the SHA-256 of its members as canonical JSON (RFC 8785; there are texts, integers and lists of texts
only), the hash of the line before it among them.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

DONE = "done"
"""The outcome of what succeeded; that of anything else is the code of its problem."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written down.

    actor: for people to read, never a secret. action: the operation, as the API's description calls it. members: whom
    it was about or who was found; written down as digests. target: what else it was about, e.g. a key's id. status: of
    the answer over HTTP, 0 for what was not asked over HTTP.
    """

    actor: str
    action: str
    collection: str = ""
    members: tuple[str, ...] = ()
    target: str = ""
    request_id: str = ""
    status: int = 0
    outcome: str = DONE
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line's number and its hash. Whoever keeps one elsewhere can tell later whether all up to it is as it was."""

    sequence: int
    hash: str


BEGINNING = Anchor(0, "")
"""Comes before the first line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A deed as it is kept. sequence: from 1, without gaps. subjects: digests of its members."""

    tenant: str
    sequence: int
    at: datetime
    actor: str
    action: str
    collection: str
    subjects: tuple[str, ...]
    target: str
    request_id: str
    status: int
    outcome: str
    previous: str
    hash: str

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> "Line":
        """As `show` writes it. Raises KeyError, TypeError, ValueError for what is no line."""
        at = datetime.fromisoformat(shown["at"])
        fields = {name: shown[name] for name in cls.__slots__}
        return cls(**{**fields, "at": at, "subjects": tuple(shown["subjects"])})

    def show(self) -> dict[str, Any]:
        """Its members as they are exported, in the order in which they are read best."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return {name: getattr(self, name) for name in self.__slots__} | {"at": at, "subjects": list(self.subjects)}

    def digest(self) -> str:
        """What its hash must be."""
        shown = self.show()
        del shown["hash"]
        text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(text.encode()).hexdigest()

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.sequence, self.hash)


def chained(tenant: str, last: Anchor, deeds: Sequence[Deed], key: bytes) -> list[Line]:
    """The lines that come after `last`. key: the tenant's own, for the digests of members."""
    lines = []
    for deed in deeds:
        line = _line(tenant, last, deed, key)
        last = line.anchor
        lines.append(line)
    return lines


def subject(key: bytes, member_id: str) -> str:
    """What stands for a member: HMAC-SHA256, in hex. "" without a key, since a plain digest of an id can be guessed."""
    return hmac.new(key, member_id.encode(), sha256).hexdigest() if key else ""


def _line(tenant: str, last: Anchor, deed: Deed, key: bytes) -> Line:
    subjects = tuple(sorted({subject(key, member_id) for member_id in deed.members} - {""}))
    fields = {name: getattr(deed, name) for name in Deed.__slots__ if name != "members"}
    line = Line(tenant, last.sequence + 1, subjects=subjects, previous=last.hash, hash="", **fields)
    return replace(line, hash=line.digest())


@dataclass(frozen=True, slots=True)
class Book:
    """How long a tenant's log is. kept: the line before the first that is kept; earlier ones were pruned."""

    head: Anchor = BEGINNING
    kept: Anchor = BEGINNING


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a chain. broken_at: the first line that is not as it was, 0 where all are. why: a sentence."""

    checked: int
    start: Anchor
    head: Anchor
    broken_at: int = 0
    why: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.broken_at


class Chain:
    """Lines that are held against each other, one after the other."""

    def __init__(self, start: Anchor) -> None:
        self._start = self._last = start
        self._broken: tuple[int, str] = (0, "")

    @property
    def is_whole(self) -> bool:
        return not self._broken[0]

    def add(self, line: Line) -> None:
        """Of a chain that is broken no more is looked at."""
        if why := self.is_whole and self._wrong(line):
            self._broken = self._last.sequence + 1, why
        elif self.is_whole:
            self._last = line.anchor

    def end(self, head: Anchor) -> Verdict:
        """What there is to say. head: where the chain must end."""
        if self.is_whole and self._last != head:
            self._broken = _ending(self._last, head)
        return Verdict(self._last.sequence - self._start.sequence, self._start, head, *self._broken)

    def _wrong(self, line: Line) -> str:
        if line.sequence != self._last.sequence + 1:
            return f"Line {self._last.sequence + 1} is missing."
        if line.previous != self._last.hash:
            return f"Line {line.sequence} does not follow the line before it, as that is now."
        return "" if line.hash == line.digest() else f"Line {line.sequence} was changed."


def _ending(last: Anchor, head: Anchor) -> tuple[int, str]:
    """What is wrong with a chain of which `last` is known, and which ends with `head`."""
    if last.sequence == head.sequence:
        return head.sequence, f"Line {head.sequence} was changed."
    first, final = sorted((last.sequence, head.sequence))
    return first + 1, f"Lines {first + 1} to {final} are missing."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines. actor: a part of it; all else whole, "" or None for any."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    collection: str = ""
    member_id: str = ""
