"""What stands in a message of an SQS queue: S3's notifications, bare or through SNS, or one of our own.

S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from typing import Literal
from urllib.parse import unquote_plus

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import InvalidRequest
from app.domain.notices import Named, Notice, Removed, Stored

REMOVED = ("ObjectRemoved:", "LifecycleExpiration:")
STORED = ("ObjectCreated:", "ObjectRestore:Completed")


class _Bucket(BaseModel):
    name: str


class _Object(BaseModel):
    key: str
    size: int = 0
    etag: str = Field("", alias="eTag")


class _S3(BaseModel):
    bucket: _Bucket
    object: _Object


class _Record(BaseModel):
    name: str = Field(alias="eventName")
    s3: _S3

    def notices(self) -> list[Notice]:
        # The event's name has «s3:» before it in some of Amazon's imitations. Keys are encoded as in a form.
        name, bucket, found = self.name.removeprefix("s3:"), self.s3.bucket.name, self.s3.object
        if name.startswith(REMOVED):
            return [Removed(bucket, unquote_plus(found.key))]
        if name.startswith(STORED):
            return [Stored(bucket, unquote_plus(found.key), found.etag.strip('"'), found.size)]
        return []  # of tags and the like


class _Notification(BaseModel):
    records: list[_Record] = Field(alias="Records")

    def notices(self) -> list[Notice]:
        return [notice for record in self.records for notice in record.notices()]


class _Test(BaseModel):
    """What S3 sends once, when a bucket is told to notify."""

    event: Literal["s3:TestEvent"] = Field(alias="Event")

    def notices(self) -> list[Notice]:
        return []


class _Envelope(BaseModel):
    """A message that came through a topic."""

    kind: Literal["Notification"] = Field(alias="Type")
    message: str = Field(alias="Message")

    def notices(self) -> list[Notice]:
        return _PLAIN.validate_json(self.message).notices()


class _Own(BaseModel):
    gallery_id: str = Field(min_length=1, max_length=200)
    key: str = Field(min_length=1, max_length=1024)
    tenant: str = DEFAULT_TENANT

    def notices(self) -> list[Notice]:
        return [Named(self.gallery_id, self.key, self.tenant)]


_PLAIN: TypeAdapter[_Notification | _Test | _Own] = TypeAdapter(_Notification | _Test | _Own)
_ANY: TypeAdapter[_Envelope | _Notification | _Test | _Own] = TypeAdapter(_Envelope | _Notification | _Test | _Own)


def notices(body: str) -> list[Notice]:
    """All that a message tells of, in its order. Raises InvalidRequest for one that is none of these."""
    try:
        return _ANY.validate_json(body).notices()
    except ValidationError:
        msg = "The message is neither a notification of S3 nor one of ours."
        raise InvalidRequest(msg) from None  # its text quotes the message
