"""Every call by somebody known is written down before it is answered: who, what, about whom, and how it ended.

A call that could not be written down is answered with the error of that, though what it did may stand.
"""

from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.api.trail import Trail
from app.domain.errors import FaceReconError, Forbidden, RateLimited
from app.services import Services

SHOW_PEOPLE = frozenset(
    {
        *("ListMembers", "GetMember", "ListMemberFaces", "ListConsents", "GetMemberCrop", "GetKeptFaceCrop"),
        "ExportMember",
        *("ListClients", "GetClient", "ListClientPhotos", "ListPhotos", "GetPhoto", "GetFaceCrop", "GetPhotoThumbnail"),
        *("ListUnknown", "GetUnknownGroup", "ListJobItems", "ListAnalyses", "GetAnalysis"),
        *("ListBlacklist", "GetBlacklistEntry", "ListBlacklistImages", "ListBlacklistHits"),
        *("ListProcessedImages", "GetProcessedImage", "ListAudit"),
    }
)
"""Operations that only read and are written down all the same, since they tell something of people."""

FLOODS = RateLimited.status
"""Calls that are refused for being too many are not written down: that would be one write for each of them."""


class Audited:
    """Gives each request a trail, and writes down where it led."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trail = scope["state"]["trail"] = Trail()
        gate = _Gate(scope["state"], trail, scope["method"], send)
        try:
            await self.app(scope, receive, gate)
        except Exception:
            trail.outcome = FaceReconError.slug
            await gate.enter(FaceReconError.status)
            raise
        if gate.closed:
            await problems.answer(gate.closed)(scope, receive, send)


@dataclass(slots=True)
class _Gate:
    """A `send` that lets an answer out once it is written down. closed: why it could not be."""

    state: dict[str, Any]
    trail: Trail
    method: str
    out: Send
    closed: FaceReconError | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self.enter(message["status"])
        if self.closed is None:
            await self.out(message)

    async def enter(self, status: int) -> None:
        services: Services = self.state["services"]
        if self.trail.caller is None or status == FLOODS or not self._is_wanted(status):
            return
        try:
            await services.audit.enter(self.trail.caller.tenant, self.trail.deed(status))
        except FaceReconError as error:
            self.closed = error

    def _is_wanted(self, status: int) -> bool:
        return self.method not in ("GET", "HEAD") or self.trail.action in SHOW_PEOPLE or status == Forbidden.status
