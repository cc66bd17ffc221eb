"""Writes that their callers may send again: what was answered the first time is answered again, and nothing is done."""

from dataclasses import dataclass

from app.domain.errors import IdempotencyMismatch

LONGEST_KEY = 255
KEPT_HOURS = 24
"""How long an answer is kept."""


@dataclass(frozen=True, slots=True)
class OnceKey:
    """What a caller calls a request. caller: two may use the same key. route: method, and path with its query."""

    tenant: str
    caller: str
    key: str
    route: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and to what. digest: SHA-256 of the request's body, in hex. The body itself is not kept."""

    route: str
    digest: str
    status: int
    media_type: str
    body: bytes

    def require(self, route: str, digest: str) -> None:
        """Raises IdempotencyMismatch where the same key now comes with another request."""
        if (route, digest) != (self.route, self.digest):
            raise IdempotencyMismatch
