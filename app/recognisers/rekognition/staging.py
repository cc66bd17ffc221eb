"""A bucket for pictures that are too large to travel in a request: each lies there for as long as AWS looks at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import structlog

from app.domain.errors import FaceReconError
from app.recognisers.rekognition.amazon import Amazon

FOLDER = "staging/"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Staging:
    """bucket: in the region of the service that reads it, "" where there is none."""

    amazon: Amazon
    bucket: str

    @asynccontextmanager
    async def __call__(self, content: bytes) -> AsyncIterator[dict[str, object]]:
        """Where AWS finds it, as `Image` of a request."""
        key = f"{FOLDER}{uuid4()}.jpg"
        await self.amazon(
            "put_object", {"Bucket": self.bucket, "Key": key, "Body": content, "ContentType": "image/jpeg"}, "s3"
        )
        try:
            yield {"S3Object": {"Bucket": self.bucket, "Name": key}}
        finally:
            await self._delete(key)

    async def _delete(self, key: str) -> None:
        try:
            await self.amazon("delete_object", {"Bucket": self.bucket, "Key": key}, "s3")
        except FaceReconError as error:
            # The answer is there already; the bucket's own lifecycle rule does what could not be done here.
            log.warning("a staged picture could not be deleted", key=key, code=error.slug)
