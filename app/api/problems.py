"""Errors as RFC 9457 problem documents. The only file that turns an exception into an answer."""

from collections.abc import Iterator, Sequence
from typing import Any

import structlog
from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.api import headers, trail
from app.api.schemas import BoxedOut, LivenessOut, QualityOut
from app.domain.errors import (
    FaceReconError,
    IdempotencyInProgress,
    InvalidRequest,
    MethodNotAllowed,
    RouteNotFound,
    Unauthorized,
    Unavailable,
)
from app.domain.faces import AlignedFace, Quality
from app.domain.liveness import Liveness

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class FieldError(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """What every error looks like. `code` is stable; `message` is `detail` again, for clients that look for it."""

    type: str = Field(examples=["/problems/no_face"])
    title: str = Field(examples=["No face was found in the picture."])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["No face was found in the picture."])
    code: str = Field(examples=["no_face"])
    message: str = Field(examples=["No face was found in the picture."])
    request_id: str = Field(examples=["6b0b3d8c2f5e4c1d9a7e0f1b2c3d4e5f"])
    errors: list[FieldError] = Field(examples=[[]])


def _documented(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    401: _documented("A valid key is needed; `code` says what is wrong with the one that was shown."),
    403: _documented("The key does not allow this: it lacks a scope, or is limited to other collections."),
    404: _documented("There is no such thing."),
    405: _documented("The address does not answer to this method."),
    408: _documented("The body did not arrive in time."),
    409: _documented("The request contradicts what is already there."),
    413: _documented("The body or the picture is too large."),
    415: _documented("The body's content type is not read here."),
    422: _documented("The request, the picture or the face cannot be used; `code` says why."),
    429: _documented("The caller has asked for more than its share; `Retry-After` says when to try again."),
    503: _documented("Something did not answer; try again."),
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(FaceReconError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _of_starlette)
    app.add_exception_handler(Exception, _unexpected)


def invalid(errors: Sequence[dict[str, str]]) -> InvalidRequest:
    """The error of a request with these wrong fields, each a `field` and a `message`."""
    return InvalidRequest("; ".join(f"{e['field']}: {e['message']}" for e in errors), errors=errors)


def answer(error: FaceReconError) -> JSONResponse:
    """The problem document of an error, and the headers that belong to it."""
    return JSONResponse(document(error), error.status, _headers(error), media_type=MEDIA_TYPE)


def document(error: FaceReconError) -> dict[str, Any]:
    """What is told of an error, whether it is the whole answer or one of several."""
    return {
        "type": f"/problems/{error.slug}",
        "title": error.title(),
        "status": error.status,
        "detail": str(error),
        "code": error.slug,
        "message": str(error),
        "request_id": correlation_id.get() or "",
        "errors": [],
        **{name: _plain(value) for name, value in error.extra.items()},
    }


def _headers(error: FaceReconError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": _challenge(error)}
    if "scope" in error.extra:
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{error.extra["scope"]}"'}
    if "retry_after" in error.extra:
        return {"Retry-After": str(error.extra["retry_after"])}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(error, Unavailable | IdempotencyInProgress) else {}


def _challenge(error: Unauthorized) -> str:
    """What RFC 6750 has a server say: nothing of an error to those who showed nothing."""
    return "Bearer" if type(error) is Unauthorized else f'Bearer error="invalid_token", error_description="{error}"'


def _plain(value: object) -> object:
    if isinstance(value, AlignedFace):
        return BoxedOut.of(value).model_dump()
    if isinstance(value, Quality):
        return QualityOut.model_validate(value).model_dump()
    if isinstance(value, Liveness):
        return LivenessOut.model_validate(value).model_dump()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


async def _expected(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FaceReconError)
    trail.of(request).outcome = error.slug
    if isinstance(error, Unavailable):
        log.warning("unavailable", code=error.slug, detail=str(error))
    return answer(error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    trail.of(request).outcome = InvalidRequest.slug
    errors = [{"field": str(e["loc"][-1]), "message": e["msg"]} for e in error.errors()]
    return answer(invalid(errors))


async def _of_starlette(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    known: dict[int, type[FaceReconError]] = {404: RouteNotFound, 405: MethodNotAllowed}
    response = answer(known.get(error.status_code, InvalidRequest)())
    response.headers.update(error.headers or {})
    if error.status_code == MethodNotAllowed.status:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> Iterator[str]:
    """All methods that the address answers to. Starlette names those of the first route alone (RFC 9110 §10.2.1)."""
    for method in METHODS:
        asked = {**request.scope, "method": method}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.routes):
            yield method


async def _unexpected(_: Request, __: Exception) -> JSONResponse:
    # Starlette raises the error again once the answer is sent; the server logs it with its trace.
    response = answer(FaceReconError())
    response.headers["X-Request-ID"] = correlation_id.get() or ""
    headers.add(response.headers)  # no middleware sees this answer
    return response
