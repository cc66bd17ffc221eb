"""Where the page and its files are. They are for everybody; what the page shows is asked of the API, with a key."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import RedirectResponse

from app.console.assets import Asset, assets
from app.domain.errors import RouteNotFound

router = APIRouter(include_in_schema=False)

Known = Annotated[str, Header(alias="If-None-Match", max_length=1000)]
Accepted = Annotated[str, Header(alias="Accept-Encoding", max_length=1000)]

FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src blob:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Nothing inline, nothing from elsewhere, no frame around it: a name with a script in it stays a name.

blob: pictures, which are fetched with a key that an <img> could not send, and the camera's.
"""


@router.get("/")
@router.get("/console")
async def front(request: Request) -> RedirectResponse:
    """To the page."""
    return RedirectResponse(request.url_for("page").path)


@router.get("/console/", name="page")
async def page(if_none_match: Known = "", accept_encoding: Accepted = "") -> Response:
    """The page. It names the edition of its files, so it is asked for anew each time."""
    return _answer(assets().index, ASK_FIRST, if_none_match, accept_encoding)


@router.get("/console/{edition}/{name:path}")
async def file(edition: str, name: str, if_none_match: Known = "", accept_encoding: Accepted = "") -> Response:
    """A file of this edition. Raises RouteNotFound, for one of another too: its files would not fit together."""
    found = assets().files.get(name)
    if found is None or edition != assets().edition:
        raise RouteNotFound
    return _answer(found, FOREVER, if_none_match, accept_encoding)


def _answer(asset: Asset, lifetime: str, known: str, accepted: str) -> Response:
    headers = {**HEADERS, "Cache-Control": lifetime, "ETag": asset.tag}
    if asset.tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Response(status_code=304, headers=headers)
    if "gzip" in accepted:
        return Response(asset.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.content, headers=headers, media_type=asset.media_type)
