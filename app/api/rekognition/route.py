"""`POST /rekognition/`, whatever is asked: the operation stands in a header. Never a problem document."""

import structlog
from fastapi import APIRouter, Request, Response
from starlette.datastructures import Headers

from app.api import deps, trail
from app.api.auth import OPEN
from app.api.rekognition import wire
from app.domain.errors import FaceReconError, Unavailable

log = structlog.get_logger()

router = APIRouter(include_in_schema=False, dependencies=[OPEN])  # who calls is told by a signature

WITH_PICTURES = frozenset(("CompareFaces", "DetectFaces", "IndexFaces", "SearchFacesByImage", "SearchUsersByImage"))
"""Operations whose requests have pictures in them. A list of ours: AWS's description takes a while to read."""

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
"""All of them, so that whoever tries another one is answered in the same way."""


def is_ours(path: str) -> bool:
    """Whether a path, without the service's prefix, is of this protocol."""
    return f"{path}/".startswith("/rekognition/")


def carries(path: str, headers: Headers) -> bool:
    """Whether such a request has pictures in it."""
    return is_ours(path) and headers.get("x-amz-target", "").partition(".")[2] in WITH_PICTURES


def refusal(error: FaceReconError) -> Response:
    """An error of the service as this protocol tells it."""
    return wire.refusal(wire.translate(error))


@router.api_route("/rekognition", methods=METHODS)
@router.api_route("/rekognition/", methods=METHODS)
@router.api_route("/rekognition/{rest:path}", methods=METHODS)
async def rekognition(request: Request, use: deps.Use, limits: deps.Limits) -> Response:
    """Answer as AWS Rekognition does."""
    from app.api.rekognition.serve import serve  # noqa: PLC0415 - see there

    try:
        return wire.answer(await serve(request, use, limits))
    except wire.AwsError as error:
        trail.of(request).outcome = error.code
        return wire.refusal(error)
    except FaceReconError as error:
        if isinstance(error, Unavailable):
            log.warning("unavailable", code=error.slug, detail=str(error))
        trail.of(request).outcome = error.slug
        return refusal(error)
    except Exception:
        log.exception("a request of the Rekognition protocol met a bug")
        trail.of(request).outcome = FaceReconError.slug
        return refusal(FaceReconError())
