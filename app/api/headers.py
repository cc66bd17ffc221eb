"""What every answer tells browsers and proxies: believe the type, frame nothing, keep nothing."""

from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
    }
)
"""Unless the answer says otherwise itself: a page has a policy of its own.

https://owasp.org/www-project-secure-headers/ explains each. `Strict-Transport-Security` is for whoever ends TLS.
"""

FACES = "image/jpeg"
"""What shows people: thumbnails and crops are JPEG. Nobody keeps those, whatever the answer says."""


class SafeHeaders:
    """Adds them to every answer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def harden(message: Message) -> None:
            if message["type"] == "http.response.start":
                add(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, harden)


def add(headers: MutableHeaders) -> None:
    """Add what is missing."""
    for name, value in SAFE.items():
        headers.setdefault(name, value)
    if headers.get("content-type", "").startswith(FACES):
        headers["Cache-Control"] = SAFE["Cache-Control"]
