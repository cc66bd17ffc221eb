"""What becomes known of a call on its way through the service, for the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asgi_correlation_id import correlation_id
from fastapi import Request

from app.domain.access import Caller
from app.domain.audit import DONE, Deed
from app.domain.galleries import GalleryRef

MEMBER_IN_PATH = ("member_id", "client_id", "entry_id")
COLLECTION_IN_PATH = "name"
"""Of /collections/{name}; galleries' are called after them."""


@dataclass(slots=True)
class Trail:
    """What has become known of a call so far. caller: None as long as nobody is known. outcome: as in Deed."""

    caller: Caller | None = None
    action: str = ""
    collection: str = ""
    members: set[str] = field(default_factory=set)
    target: str = ""
    outcome: str = DONE

    def begin(self, caller: Caller, action: str, path: Mapping[str, str]) -> None:
        """Somebody is known. path: the parameters that stand in it."""
        self.caller, self.action = caller, action
        rest = dict(path)
        self.about(caller.member_id, *(rest.pop(name, "") for name in MEMBER_IN_PATH))
        self.collection = rest.pop(COLLECTION_IN_PATH, "")
        if "gallery_id" in rest:
            self.collection = GalleryRef("", rest.pop("gallery_id")).clients.name
        self.target = "/".join(rest.values())

    def about(self, *members: str) -> None:
        """Whom the call is about, or whom it found."""
        self.members.update(filter(None, members))

    def deed(self, status: int) -> Deed:
        assert self.caller
        return Deed(
            self.caller.name,
            self.action,
            self.collection,
            tuple(self.members),
            self.target,
            correlation_id.get() or "",
            status,
            self.outcome,
        )


def of(request: Request) -> Trail:
    """The trail of a request."""
    trail: Trail = request.state.trail
    return trail
