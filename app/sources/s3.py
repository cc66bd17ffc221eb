"""Objects of S3 (AWS, MinIO, B2, Supabase's S3 door) and of Cloudflare R2.

botocore signs an address, offline; the bytes come through the capped fetcher like everybody's. One download path
has one set of caps.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from app.domain.errors import (
    FaceReconError,
    SourceDenied,
    SourceForbidden,
    SourceNotConfigured,
    SourceNotFound,
    SourceUnavailable,
)
from app.domain.images import FetchedImage, StorageKey
from app.sources.ask import Ask
from app.sources.fetch import Fetcher, by_status
from app.sources.key import ObjectName, split
from app.sources.network import Origin
from app.sources.target import endpoint

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_s3 import S3Client

SIGNED_SECONDS = 300
LONGEST_LISTING = 16_000_000
"""Bytes of a page of 1000 keys, each of them 1024 bytes that are all percent-encoded, and what stands around them."""
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


Operation = Literal["list_objects_v2", "head_object", "get_object", "put_object", "delete_object"]
METHODS: Mapping[Operation, str] = {"head_object": "HEAD", "put_object": "PUT", "delete_object": "DELETE"}


class Call(NamedTuple):
    """What is asked of a storage. params: boto's. content, media_type: of what is put there."""

    operation: Operation
    params: Mapping[str, str | int]
    content: bytes = b""
    media_type: str = ""


class _Boto(NamedTuple):
    client: "S3Client"
    credentials: "Credentials"
    region: str


class Signer:
    """Signs for one storage. boto's client is made at the first use: it takes a while."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._boto: _Boto | None = None
        self._missing = False
        self._lock = asyncio.Lock()

    async def sign(self, name: ObjectName) -> str:
        """Return an address that is good for five minutes. Raises SourceNotConfigured, SourceForbidden."""
        params = {"Bucket": name.bucket, "Key": name.key}
        return await asyncio.to_thread(_presigned, await self._ready(), Call("get_object", params))

    async def request(self, call: Call) -> Ask:
        """Return a request that is signed in its headers. Raises SourceNotConfigured, SourceForbidden.

        Not all storages take signed addresses for more than single objects: R2 promises no more than those.
        """
        return await asyncio.to_thread(_signed, await self._ready(), call)

    async def _ready(self) -> _Boto:
        async with self._lock:
            if self._boto is None and not self._missing:
                self._boto = await asyncio.to_thread(_boto, self._storage)
                self._missing = self._boto is None
        if self._boto is None:
            msg = f"No keys for {self._storage.scheme}:// are set."
            raise SourceNotConfigured(msg)
        return self._boto


def _boto(storage: Storage) -> _Boto | None:
    """Return boto's client, None where nobody has keys for it. Imports botocore only now: it weighs 40 MB."""
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    session: Any = Session()
    if storage.has_keys:
        session.set_credentials(storage.access_key_id, storage.secret_access_key)
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
    client: S3Client = session.create_client("s3", region_name=storage.region, endpoint_url=endpoint, config=config)
    return _Boto(client, session.get_credentials(), storage.region)


def _presigned(boto: _Boto, call: Call) -> str:
    from botocore.exceptions import BotoCoreError, ParamValidationError  # noqa: PLC0415

    try:
        return boto.client.generate_presigned_url(call.operation, Params=call.params, ExpiresIn=SIGNED_SECONDS)
    except ParamValidationError as error:
        raise SourceForbidden from error
    except BotoCoreError as error:
        msg = "The storage's keys cannot be used."
        raise SourceDenied(msg) from error


def _signed(boto: _Boto, call: Call) -> Ask:
    """Take boto's word for the address, and sign the request itself instead (Signature Version 4)."""
    from botocore.auth import S3SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    address = urlsplit(_presigned(boto, call))
    query = "&".join(part for part in address.query.split("&") if not part.startswith("X-Amz-"))
    url, method = address._replace(query=query).geturl(), METHODS.get(call.operation, "GET")
    headers = {"content-type": call.media_type} if call.media_type else {}
    request = AWSRequest(method, url, headers, call.content)
    S3SigV4Auth(boto.credentials.get_frozen_credentials(), "s3", boto.region).add_auth(request)
    return Ask(url, method, dict(request.headers.items()), call.content, LONGEST_LISTING)


def signers(*storages: Storage | None) -> dict[str, Signer]:
    """Those of the storages that are set up, by scheme."""
    # Only S3 has a home of its own; an R2 without its endpoint would be asked of AWS.
    known = [storage for storage in storages if storage and (storage.scheme == "s3" or storage.endpoint_url)]
    return {storage.scheme: Signer(storage) for storage in known}


class StorageSource:
    """Reads `s3://bucket/key` and `r2://bucket/key`. signers: by scheme; those that somebody has set up."""

    def __init__(self, fetcher: Fetcher, signers: Mapping[str, Signer]) -> None:
        self._fetcher = fetcher
        self._signers = signers

    async def read(self, ref: StorageKey) -> FetchedImage:
        """Fetch it. Raises SourceNotConfigured beside what Fetcher.read raises."""
        scheme, name = split(ref.uri, "s3", "r2")
        if scheme not in self._signers:
            msg = f"{scheme}:// has no settings here."
            raise SourceNotConfigured(msg)
        address = await self._signers[scheme].sign(name)
        content = await self._fetcher.read(address, trusted=True, explain=by_code)
        return FetchedImage(content, f"{scheme}://{name.bucket}/{name.key}")
