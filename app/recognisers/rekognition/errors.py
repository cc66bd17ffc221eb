"""AWS's errors in our words: the one place where they are translated."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.domain.errors import (
    FaceReconError,
    ImageTooLarge,
    ImageUnreadable,
    RekognitionDenied,
    RekognitionDrifted,
    RekognitionRefused,
    RekognitionUnavailable,
    UnusableFace,
)

DENIED = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature"),
        *("IncompleteSignatureException", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException"),
        *(
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "OptInRequired",
            "SignatureDoesNotMatch",
        ),
        *("UnrecognizedClientException", "AllAccessDisabled", "InvalidToken"),
    }
)
BUSY = frozenset(
    {
        *("ThrottlingException", "Throttling", "ProvisionedThroughputExceededException", "InternalServerError"),
        *("ServiceUnavailableException", "ServiceUnavailable", "SlowDown", "RequestTimeout", "RequestLimitExceeded"),
    }
)
KNOWN: Mapping[str, type[FaceReconError]] = {
    "ImageTooLargeException": ImageTooLarge,
    "InvalidImageFormatException": ImageUnreadable,
    "ResourceNotFoundException": RekognitionDrifted,
}
NO_FACE = "no faces"
"""AWS has no code of its own for it; this much of the sentence has been the same since 2016."""
SERVER_ERROR = 500


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Let no error of boto's pass. What AWS says may repeat what it was sent, so only its code is told."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - it weighs 40 MB

    try:
        yield
    except ClientError as error:
        raise _answered(operation, error.response) from error
    except BotoCoreError as error:
        raise _unanswered(operation, error) from error


def _answered(operation: str, response: Mapping[str, object]) -> FaceReconError:
    error, met = _part(response, "Error"), _part(response, "ResponseMetadata")
    code, status = str(error.get("Code", "")), met.get("HTTPStatusCode", 0)
    said = f"AWS answered {operation} with {code or status}."
    if code in DENIED:
        return RekognitionDenied(said)
    if code in BUSY or (isinstance(status, int) and status >= SERVER_ERROR):
        return RekognitionUnavailable(said)
    if code == "InvalidParameterException" and NO_FACE in str(error.get("Message", "")):
        return UnusableFace("AWS Rekognition finds no face where one was found.")
    return KNOWN[code]() if code in KNOWN else RekognitionRefused(said)


def _unanswered(operation: str, error: Exception) -> FaceReconError:
    from botocore import exceptions  # noqa: PLC0415

    said = f"AWS cannot be asked for {operation} ({type(error).__name__})."
    ours = (
        *(exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError),
        *(exceptions.NoRegionError, exceptions.TokenRetrievalError, exceptions.UnauthorizedSSOTokenError),
        exceptions.ProfileNotFound,
    )
    if isinstance(error, exceptions.ParamValidationError):
        return RekognitionRefused(said)
    return RekognitionDenied(said) if isinstance(error, ours) else RekognitionUnavailable(said)


def _part(response: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = response.get(name)
    return part if isinstance(part, Mapping) else {}
