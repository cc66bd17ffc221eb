"""Work in the background, as the API shows it, and when work that failed is tried again."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class JobKind(StrEnum):
    """What a job does."""

    GALLERY = "gallery"
    INDEX = "index"
    REINDEX = "reindex"
    ANALYSIS = "analysis"
    EVALUATE = "evaluate"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Task(StrEnum):
    """What a worker is told to do; the queue carries its name and a few ids."""

    LIST_GALLERY = "list_gallery"
    MATCH_PHOTOS = "match_photos"
    LIST_INDEX = "list_index"
    ENROLL_ITEMS = "enroll_items"
    LIST_MEMBERS = "list_members"
    EMBED_ITEMS = "embed_items"
    ANALYSE = "analyse"
    EVALUATE = "evaluate"
    DELIVER = "deliver"


class Priority(IntEnum):
    """Who goes first: what a person waits for, then what is soon done, then what takes hours anyway."""

    PERSON = 20
    SOON = 10
    BULK = 0
    NEVER_MIND = -10


PRIORITIES: Mapping[Task, Priority] = {
    Task.LIST_GALLERY: Priority.SOON,
    Task.MATCH_PHOTOS: Priority.BULK,
    Task.LIST_INDEX: Priority.SOON,
    Task.ENROLL_ITEMS: Priority.BULK,
    Task.LIST_MEMBERS: Priority.SOON,
    Task.EMBED_ITEMS: Priority.NEVER_MIND,
    Task.ANALYSE: Priority.PERSON,
    Task.EVALUATE: Priority.NEVER_MIND,
    Task.DELIVER: Priority.SOON,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. total: what there is to do, as far as known. failed: dead letters."""

    total: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be done. code: the stable slug of an error; detail: for a person."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a job is to do. subject: the gallery or collection that it is about. request: what was asked, as JSON."""

    kind: JobKind
    subject: str
    request: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Job:
    """subject: the gallery or collection that it is about. skipped: what needed no work. request: what was asked."""

    job_id: str
    kind: JobKind
    subject: str
    state: JobState
    progress: Progress
    skipped: int
    attempts: int
    error: Failure | None
    request: Mapping[str, object]
    result: Mapping[str, object] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Retries:
    """attempts: how often anything is tried before it is a dead letter. base, most: seconds between two attempts."""

    attempts: int = 5
    base: float = 2.0
    most: float = 600.0
    chance: random.Random = field(default_factory=random.SystemRandom, compare=False)

    def wait(self, attempts: int) -> float | None:
        """Seconds until the next attempt after so many; None where there is to be none.

        The wait doubles, and is anywhere between half of that and the whole, so that a thousand photos whose storage
        failed at once do not come back at once.
        """
        if attempts >= self.attempts:
            return None
        wait = min(self.most, self.base * 2.0 ** (attempts - 1))
        return wait * self.chance.uniform(0.5, 1)
