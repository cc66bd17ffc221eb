"""A request to a source or a storage, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from app.sources.target import redirected, target


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request. headers: for the address itself, never for one that it redirects to.

    max_bytes: of the answer; None: as many as a picture may have.
    """

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    max_bytes: int | None = None

    @property
    def changes(self) -> bool:
        """Whether the request is more than a look: it is led nowhere else, and its answer may take its time."""
        return self.method not in ("GET", "HEAD")

    def redirected(self, location: str) -> "Ask":
        """The same for where a redirect leads. Raises SourceForbidden."""
        return Ask(str(redirected(target(self.url), location)), self.method, max_bytes=self.max_bytes)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a request that succeeded."""

    body: bytes = field(repr=False)
    headers: httpx2.Headers = field(repr=False)

    @property
    def etag(self) -> str:
        """The ETag's own text."""
        return bare(self.headers.get("etag", ""))


def bare(etag: str) -> str:
    """Take an ETag out of its quotes (RFC 9110 §8.8.3). A weak one loses its mark: proxies put it there."""
    return etag.strip().removeprefix("W/").strip('"')
