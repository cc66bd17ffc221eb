"""How answers and errors look on the wire, and which of ours is which of AWS's."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import Response

from app.domain import errors

MEDIA_TYPE = "application/x-amz-json-1.1"


class AwsError(Exception):
    """An error as AWS names it."""

    def __init__(self, code: str, message: str = "") -> None:
        """Keep the code and what to tell the caller."""
        super().__init__(message)
        self.code = code


class InvalidParameter(AwsError):
    """The request can be read and cannot be done."""

    def __init__(self, message: str = "Request has invalid parameters") -> None:
        """Keep the message."""
        super().__init__("InvalidParameterException", message)


_NO_FACE = "There are no faces in the image. Should be at least 1."
_S3 = "Unable to get object metadata from S3. Check object key, region and/or access permissions."

CODES: Mapping[type[errors.FaceReconError], tuple[str, str]] = {
    errors.CollectionNotFound: ("ResourceNotFoundException", "The collection id does not exist"),
    errors.MemberNotFound: ("ResourceNotFoundException", "The user id does not exist in the collection"),
    errors.ConsentRequired: ("AccessDeniedException", ""),
    errors.FaceNotFound: ("InvalidParameterException", "faceId was not found in the collection."),
    errors.ModelMismatch: ("InvalidParameterException", ""),
    errors.QuotaExceeded: ("ServiceQuotaExceededException", ""),
    errors.TokenReused: ("IdempotentParameterMismatchException", ""),
    errors.Conflict: ("ConflictException", ""),
    errors.NoFace: ("InvalidParameterException", _NO_FACE),
    errors.UnusableFace: ("InvalidParameterException", ""),
    errors.ImageTooLarge: ("ImageTooLargeException", ""),
    errors.UnusableImage: ("InvalidImageFormatException", "Request has invalid image format"),
    errors.SourceRefused: ("InvalidS3ObjectException", _S3),
    errors.BodyTooLarge: ("RequestEntityTooLargeException", ""),
    errors.BodyTooSlow: ("RequestTimeoutException", ""),
    errors.InvalidRequest: ("InvalidParameterException", ""),
    errors.RateLimited: ("ProvisionedThroughputExceededException", ""),
    errors.Overloaded: ("ThrottlingException", ""),
}
"""Code and message by our class, the first that fits; "" is our own message. All else is InternalServerError."""


def translate(error: errors.FaceReconError) -> AwsError:
    """The same error in AWS's words."""
    for kind, (code, message) in CODES.items():
        if isinstance(error, kind):
            return AwsError(code, message or str(error))
    return AwsError("InternalServerError", "Internal server error")


def answer(body: Mapping[str, Any]) -> Response:
    return _response(body, 200, {})


def refusal(error: AwsError) -> Response:
    """Status 400 whatever is wrong with the request, 500 where it is us."""
    status = 500 if error.code == "InternalServerError" else 400
    return _response({"__type": error.code, "Message": str(error)}, status, {"x-amzn-ErrorType": error.code})


def _response(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    content = json.dumps(body, allow_nan=False, separators=(",", ":"))
    return Response(content, status, {"x-amzn-RequestId": str(uuid4()), **headers}, MEDIA_TYPE)
