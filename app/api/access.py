"""A line in the log for each request: what was asked, how it ended, how long it took."""

from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

LONGEST_PATH = 512
"""Characters of a path in the log: none of ours is longer, and a caller could fill a disk with theirs."""

_QUIET = ("/live", "/ready", "/metrics")


class AccessLog:
    """The path without its query: a query may hold a signed address or a key."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith(_QUIET):
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            milliseconds = round((perf_counter() - began) * 1000, 1)
            log.info(
                "request", method=scope["method"], path=scope["path"][:LONGEST_PATH], status=status, ms=milliseconds
            )
