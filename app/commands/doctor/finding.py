"""One thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """BAD: the service does not do its work, or not rightly. LOOK: it does, and somebody should know."""

    OK = "ok"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """mend: what to do, a sentence or a command; "" where all is well."""

    part: str
    state: State
    says: str
    mend: str = ""


def ok(part: str, says: str) -> Finding:
    return Finding(part, State.OK, says)


def look(part: str, says: str, mend: str) -> Finding:
    return Finding(part, State.LOOK, says, mend)


def bad(part: str, says: str, mend: str) -> Finding:
    return Finding(part, State.BAD, says, mend)
