"""Who has signed a request: AWS Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. The canonical request is
botocore's, so that it is the one that clients make. But botocore takes the body's digest from a header of the caller's
where there is one: here the header is held against the body, and the body's own digest is signed in any case.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials
from starlette.datastructures import Headers

from app.api.rekognition.wire import AwsError

SERVICE = "rekognition"
WINDOW_SECONDS = 300
"""How far a request's time may be from ours, as with AWS."""
MUST_BE_SIGNED = frozenset({"host", "x-amz-date", "x-amz-target"})
_ALGORITHM = "AWS4-HMAC-SHA256 "
_PART = re.compile(r"(\w+)=([^,\s]+)")
_SCOPE = re.compile(
    r"(?P<key>\w{16,128})/(?P<date>\d{8})/(?P<region>[a-z0-9-]{1,64})/(?P<service>[a-z0-9-]+)/aws4_request"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says it is from, before anything is proved. time: of the signature. headers: those it covers."""

    access_key_id: str
    region: str
    time: datetime
    headers: tuple[str, ...]
    signature: str


def read(headers: Headers, now: datetime) -> Claim:
    """What the headers claim. Raises AwsError for what cannot be proved whatever the key is."""
    if headers.get("x-amz-security-token") is not None:
        raise unknown_key()
    authorization = headers.get("authorization", "")
    if not authorization.startswith(_ALGORITHM):
        code = "IncompleteSignatureException" if authorization else "MissingAuthenticationTokenException"
        raise AwsError(code, "Request is missing Authentication Token")
    claim = _claim(dict(_PART.findall(authorization.removeprefix(_ALGORITHM))), headers.get("x-amz-date", ""))
    if MUST_BE_SIGNED.difference(claim.headers):
        raise _invalid("Host, X-Amz-Date and X-Amz-Target must be signed.")
    if abs((now - claim.time).total_seconds()) > WINDOW_SECONDS:
        raise _invalid(f"Signature expired: it is {now:%Y%m%dT%H%M%SZ} here.")
    return claim


def prove(claim: Claim, secret: str, headers: Headers, paths: Sequence[str], query: str, body: bytes) -> None:
    """Raises AwsError unless the request is signed with the secret.

    paths: as which the caller may have seen the address; a proxy may have taken a prefix off.
    """
    digest = hashlib.sha256(body).hexdigest()
    if not compare_digest(headers.get("x-amz-content-sha256", digest).encode(), digest.encode()):
        raise _invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")
    made = [_signature(claim, secret, headers, f"{path}?{query}" if query else path, digest) for path in paths]
    if not any(compare_digest(one.encode(), claim.signature.encode()) for one in made):
        raise _invalid("The request signature we calculated does not match the signature you provided.")


class _Signer(SigV4Auth):
    """Signs the headers that the caller signed, and the body that came."""

    def __init__(self, claim: Claim, secret: str, digest: str) -> None:
        super().__init__(Credentials(claim.access_key_id, secret), SERVICE, claim.region)
        self._claim = claim
        self._digest = digest

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """All that the caller did, those among them that botocore itself would leave out."""
        return request.headers

    def payload(self, request: AWSRequest) -> str:  # noqa: ARG002 - the digest is known
        return self._digest


def _signature(claim: Claim, secret: str, headers: Headers, address: str, digest: str) -> str:
    request = AWSRequest("POST", f"https://{headers.get('host', '')}{address}")
    for name in claim.headers:
        # What is signed twice or not sent makes another canonical request than the caller's, and so no match.
        request.headers[name] = ",".join(headers.getlist(name))
    if "x-amz-content-sha256" in request.headers:
        request.headers.replace_header("x-amz-content-sha256", digest)
    request.context["timestamp"] = f"{claim.time:%Y%m%dT%H%M%SZ}"
    signer = _Signer(claim, secret, digest)
    return str(signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request))


def _claim(parts: dict[str, str], date: str) -> Claim:
    scope = _SCOPE.fullmatch(parts.get("Credential", ""))
    time = _time(date)
    names, signature = parts.get("SignedHeaders", ""), parts.get("Signature", "")
    if scope is None or time is None or not (names and signature):
        msg = "Authorization header requires 'Credential', 'Signature', 'SignedHeaders' and a valid 'X-Amz-Date'."
        raise AwsError("IncompleteSignatureException", msg)
    if scope["service"] != SERVICE or scope["date"] != f"{time:%Y%m%d}":
        raise _invalid(f"Credential should be scoped to the service {SERVICE!r} and to the day of 'X-Amz-Date'.")
    return Claim(scope["key"], scope["region"], time, tuple(names.split(";")), signature)


def _time(date: str) -> datetime | None:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidSignatureException", message)


def unknown_key() -> AwsError:
    """For a key that nobody has, and for session tokens, which nobody gives out here."""
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.")
