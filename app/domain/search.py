"""How faces are searched, as the operator sees it."""

from dataclasses import dataclass
from enum import StrEnum


class Backend(StrEnum):
    """Who answers a search.

    AUTO: Postgres where it is faster, an index in memory where that is, as measured. PGVECTOR: Postgres alone.
    FAISS: the index for every collection, Postgres until it is ready.
    """

    AUTO = "auto"
    PGVECTOR = "pgvector"
    FAISS = "faiss"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured on an index's own collection before it was let answer.

    recall: share of stored faces for which it names the same nearest other member as an exact search.
    exact_ms, index_ms: medians of one search.
    """

    recall: float
    exact_ms: float
    index_ms: float


@dataclass(frozen=True, slots=True)
class IndexState:
    """A collection that has an index. late: faces that came after it was built. trial: None before it was tried."""

    tenant: str
    collection: str
    faces: int
    late: int
    ready: bool
    trial: Trial | None


@dataclass(frozen=True, slots=True)
class SearchState:
    """switch_faces: how large a collection is on this machine when the index becomes faster, None before it is known.

    recall: share of sampled searches that an index answered as an exact search did, None before there is one.
    """

    backend: Backend
    switch_faces: int | None
    recall: float | None
    sampled: int
    indexes: tuple[IndexState, ...]
