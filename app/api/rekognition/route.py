"""`POST /rekognition/`, whatever is asked: the operation stands in a header. Never a problem document."""

import structlog
from fastapi import APIRouter, Request, Response

from app.api import deps
from app.api.auth import OPEN
from app.api.rekognition import wire
from app.domain.errors import FaceReconError, Unavailable

log = structlog.get_logger()

router = APIRouter(include_in_schema=False, dependencies=[OPEN])  # who calls is told by a signature

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
"""All of them, so that whoever tries another one is answered in the same way."""


@router.api_route("/rekognition", methods=METHODS)
@router.api_route("/rekognition/", methods=METHODS)
@router.api_route("/rekognition/{rest:path}", methods=METHODS)
async def rekognition(request: Request, use: deps.Use, limits: deps.Limits) -> Response:
    """Answer as AWS Rekognition does."""
    from app.api.rekognition.serve import serve  # noqa: PLC0415 - see there

    try:
        return wire.answer(await serve(request, use, limits))
    except wire.AwsError as error:
        return wire.refusal(error)
    except FaceReconError as error:
        if isinstance(error, Unavailable):
            log.warning("unavailable", code=error.slug, detail=str(error))
        return wire.refusal(wire.translate(error))
    except Exception:
        log.exception("a request of the Rekognition protocol met a bug")
        return wire.refusal(wire.translate(FaceReconError()))
