"""Objects of S3 (AWS, MinIO, B2, Supabase's S3 door) and of Cloudflare R2.

botocore signs an address, offline; the bytes come through the capped fetcher like everybody's. One download path
has one set of caps.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.errors import (
    FaceReconError,
    SourceDenied,
    SourceForbidden,
    SourceNotConfigured,
    SourceNotFound,
    SourceUnavailable,
)
from app.domain.images import FetchedImage, StorageKey
from app.sources.fetch import Fetcher, by_status
from app.sources.key import ObjectName, split
from app.sources.network import Origin
from app.sources.target import endpoint

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SIGNED_SECONDS = 300
_CODE = re.compile(rb"<Code>\s*(\w+)\s*</Code>")
_ERRORS: dict[str, type[FaceReconError]] = {
    "NoSuchKey": SourceNotFound,
    "NoSuchBucket": SourceNotFound,
    "NoSuchVersion": SourceNotFound,
    "AccessDenied": SourceDenied,
    "AllAccessDisabled": SourceDenied,
    "AccountProblem": SourceDenied,
    "SignatureDoesNotMatch": SourceDenied,
    "InvalidAccessKeyId": SourceDenied,
    "InvalidObjectState": SourceDenied,
    "ExpiredToken": SourceDenied,
    "InvalidToken": SourceDenied,
    "RequestTimeTooSkewed": SourceDenied,
    "AuthorizationQueryParametersError": SourceDenied,
    "AuthorizationHeaderMalformed": SourceDenied,
    "PermanentRedirect": SourceDenied,
    "InvalidBucketName": SourceForbidden,
    "InvalidArgument": SourceForbidden,
    "KeyTooLongError": SourceForbidden,
    "SlowDown": SourceUnavailable,
    "ServiceUnavailable": SourceUnavailable,
    "InternalError": SourceUnavailable,
    "RequestTimeout": SourceUnavailable,
}
"""S3's error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList"""


def by_code(status: int, body: bytes) -> FaceReconError:
    """Turn S3's error document into ours; by the status where it is none."""
    found = _CODE.search(body)
    code = found[1].decode() if found else ""
    if known := _ERRORS.get(code):
        return known(f"{known.title()[:-1]} ({code}).")
    return by_status(status, body)


@dataclass(frozen=True, slots=True)
class Storage:
    """How to reach one kind of bucket. endpoint_url: "" is AWS itself. Without keys boto's usual chain is asked."""

    scheme: str
    endpoint_url: str = ""
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)

    @property
    def trusted(self) -> tuple[Origin, ...]:
        """The endpoint's own origin, which the operator vouches for."""
        return (endpoint(self.endpoint_url),) if self.endpoint_url else ()

    @property
    def has_keys(self) -> bool:
        return bool(self.access_key_id and self.secret_access_key)


class Signer:
    """Makes signed addresses for one storage. The client is made at the first use: it takes a while."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._client: S3Client | None = None
        self._missing = False
        self._lock = asyncio.Lock()

    async def sign(self, name: ObjectName) -> str:
        """Return an address that is good for five minutes. Raises SourceNotConfigured, SourceForbidden."""
        client = await self._ready()
        return await asyncio.to_thread(_presigned, client, name)

    async def _ready(self) -> "S3Client":
        async with self._lock:
            if self._client is None and not self._missing:
                self._client = await asyncio.to_thread(_client, self._storage)
                self._missing = self._client is None
        if self._client is None:
            msg = f"No keys for {self._storage.scheme}:// are set."
            raise SourceNotConfigured(msg)
        return self._client


def _client(storage: Storage) -> "S3Client | None":
    """Return boto's client, None where nobody has keys for it. Imports botocore only now: it weighs 40 MB."""
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    session: Any = Session()
    keys: dict[str, str] = {}
    if storage.has_keys:
        keys = {"aws_access_key_id": storage.access_key_id, "aws_secret_access_key": storage.secret_access_key}
    elif storage.scheme != "s3" or session.get_credentials() is None:
        return None
    config = Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if storage.endpoint_url else "virtual"},
        user_agent="svc-face-recon",
    )
    endpoint = storage.endpoint_url or None
    client: S3Client = session.create_client(
        "s3", region_name=storage.region, endpoint_url=endpoint, config=config, **keys
    )
    return client


def _presigned(client: "S3Client", name: ObjectName) -> str:
    from botocore.exceptions import BotoCoreError, ParamValidationError  # noqa: PLC0415

    try:
        return client.generate_presigned_url(
            "get_object", Params={"Bucket": name.bucket, "Key": name.key}, ExpiresIn=SIGNED_SECONDS
        )
    except ParamValidationError as error:
        raise SourceForbidden from error
    except BotoCoreError as error:
        msg = "The storage's keys cannot be used."
        raise SourceDenied(msg) from error


class StorageSource:
    """Reads `s3://bucket/key` and `r2://bucket/key`. A storage that is None is one nobody has set up."""

    def __init__(self, fetcher: Fetcher, s3: Storage | None, r2: Storage | None) -> None:
        self._fetcher = fetcher
        # Only S3 has a home of its own; an R2 without its endpoint would be asked of AWS.
        known = [storage for storage in (s3, r2) if storage and (storage.scheme == "s3" or storage.endpoint_url)]
        self._signers = {storage.scheme: Signer(storage) for storage in known}

    async def read(self, ref: StorageKey) -> FetchedImage:
        """Fetch it. Raises SourceNotConfigured beside what Fetcher.read raises."""
        scheme, name = split(ref.uri, "s3", "r2")
        if scheme not in self._signers:
            msg = f"{scheme}:// has no settings here."
            raise SourceNotConfigured(msg)
        address = await self._signers[scheme].sign(name)
        content = await self._fetcher.read(address, trusted=True, explain=by_code)
        return FetchedImage(content, f"{scheme}://{name.bucket}/{name.key}")
