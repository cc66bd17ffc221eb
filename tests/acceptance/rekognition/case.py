"""What is asked of an operation and how it must be answered, and the errors that are no answer to any question."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.acceptance.rekognition.world import Run

DONE = ""

NEVER = {
    "AccessDeniedException": "A key may do all with its tenant's collections. (IndexFaces: without consent, tested.)",
    "ServiceQuotaExceededException": "A tenant may have one of members; a user has 100 faces (tested).",
}
"""Documented errors that are never answered, and why."""
NEVER_OF = {
    "ConflictException": (
        ("DeleteUser", "AssociateFaces", "DisassociateFaces"),
        "Changes of one user take turns, so that none finds another half done.",
    ),
    "ResourceNotFoundException": (("ListCollections",), "A listing of all collections has none to miss."),
}
"""Documented errors that these operations never answer, and why."""
OF_STATE = {
    "ThrottlingException": "More pictures are sent than can be looked at, whoever sends them.",
    "ProvisionedThroughputExceededException": "The key has asked for more than its share.",
    "InternalServerError": "The database is down, or a bug was met.",
}
"""Documented errors that do not depend on what is asked: tested for each operation with a service in that state."""


@dataclass(frozen=True)
class Case:
    """answer: the error's code, DONE where it is done. run: asks; for an error it returns what is to be asked."""

    operation: str
    what: str
    answer: str
    run: Run


CASES: list[Case] = []


def done(operation: str, what: str) -> Callable[[Run], Run]:
    return _case(operation, what, DONE)


def refused(operation: str, answer: str, what: str) -> Callable[[Run], Run]:
    return _case(operation, what, answer)


def _case(operation: str, what: str, answer: str) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        CASES.append(Case(operation, what, answer, run))
        return run

    return add
