"""AWS Rekognition, where it is asked: whether it lets us in, has our collections, and is given what is too large."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from app import wiring
from app.commands.doctor.finding import Finding, bad, ok
from app.config import Settings
from app.domain.errors import FaceReconError, RekognitionDenied, RekognitionDrifted, RekognitionUnavailable

Ask = Callable[..., Awaitable[Mapping[str, Any]]]

PART = "rekognition"
WANTED = "aws_rekognition"
TRIED = "staging/doctor"
"""An object that is put into the bucket and deleted at once."""

MENDS: dict[type[FaceReconError], str] = {
    RekognitionDenied: "AWS_REGION, the keys that AWS's own tools find, and the policy in docs/rekognition-backend.md.",
    RekognitionUnavailable: "Is AWS_REGION one that has Rekognition, and may this machine reach it?",
    RekognitionDrifted: "python -m app rekognition sync --repair",
}


async def rekognition(settings: Settings, names: Sequence[str]) -> list[Finding]:
    """names: what AWS calls collections of ours. No call is one that is paid."""
    if not settings.aws.rekognition_collection_prefix:
        return [_unused(settings)]
    with wiring.amazon_of(settings) as ask:
        return [found async for found in _tried(ask, names, settings.aws.s3_bucket_name)]


def _unused(settings: Settings) -> Finding:
    if WANTED in (settings.face.processing_backend, settings.face.shadow_backend):
        return bad(PART, f"{WANTED} is wanted and has no prefix.", "Set AWS_REKOGNITION_COLLECTION_PREFIX.")
    return ok(PART, "AWS is not asked.")


async def _tried(ask: Ask, names: Sequence[str], bucket: str) -> AsyncIterator[Finding]:
    try:
        await ask("list_collections", {"MaxResults": 1})
    except FaceReconError as error:
        yield _bad(error)
        return
    yield ok(PART, "AWS lets us in.")
    for name in names:
        yield await _collection(ask, name)
    if bucket:
        yield await _bucket(ask, bucket)


async def _collection(ask: Ask, name: str) -> Finding:
    try:
        await ask("list_faces", {"CollectionId": name, "MaxResults": 1})
    except FaceReconError as error:
        return _bad(error, f"{name}: ")
    return ok(PART, f"{name} is there.")


async def _bucket(ask: Ask, bucket: str) -> Finding:
    try:
        await ask("put_object", {"Bucket": bucket, "Key": TRIED, "Body": b""}, "s3")
        await ask("delete_object", {"Bucket": bucket, "Key": TRIED}, "s3")
    except FaceReconError as error:
        return bad(PART, f"{bucket}: {error}", "AWS_S3_BUCKET_NAME, in AWS_REGION, where staging/ may be written.")
    return ok(PART, f"{bucket} takes pictures.")


def _bad(error: FaceReconError, whose: str = "") -> Finding:
    return bad(PART, f"{whose}{error}", MENDS.get(type(error), "docs/rekognition-backend.md, Failures."))
