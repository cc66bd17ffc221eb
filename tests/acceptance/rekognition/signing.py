"""Requests signed by botocore, and what somebody may change about them on their way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@dataclass
class Caller:
    """Somebody with a key, right or wrong."""

    url: str
    access_key_id: str
    secret: str = field(repr=False)
    http: httpx2.Client

    def headers(
        self,
        operation: str,
        content: bytes,
        *,
        path: str = "/rekognition/",
        late: timedelta = timedelta(0),
        more: Mapping[str, str] | None = None,
        service: str = "rekognition",
        region: str = "mars-north-7",
        leave_out: str = "",
    ) -> dict[str, str]:
        """Signed ones. late: how long ago it is on the caller's clock. leave_out: a header that is not signed."""
        at = f"{datetime.now(UTC) - late:%Y%m%dT%H%M%SZ}"
        known = {"Host": self.url.removeprefix("http://"), "X-Amz-Target": f"RekognitionService.{operation}"}
        all_headers = {**known, "X-Amz-Date": at, "Content-Type": "application/x-amz-json-1.1", **(more or {})}
        signed = {name: value for name, value in all_headers.items() if name.lower() != leave_out}
        request = AWSRequest("POST", self.url + path, data=content, headers=signed)
        request.context["timestamp"] = at
        auth = SigV4Auth(Credentials(self.access_key_id, self.secret), service, region)
        canonical = auth.canonical_request(request)
        if leave_out == "host":  # botocore always signs it
            canonical = "\n".join(line for line in canonical.split("\n") if not line.startswith("host:"))
            canonical = canonical.replace(";host;", ";")
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        names = auth.signed_headers(auth.headers_to_sign(request))
        names = ";".join(name for name in names.split(";") if name != leave_out)
        scope = f"{self.access_key_id}/{at[:8]}/{region}/{service}/aws4_request"
        told = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
        return {**all_headers, "Authorization": told}

    def post(
        self, operation: str, body: Any, *, sent: bytes | None = None, to: str = "/rekognition/", **how: Any
    ) -> httpx2.Response:
        """sent: another body than the one that was signed; to: another path."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.headers(operation, content, **how)
        return self.http.post(self.url + to, content=content if sent is None else sent, headers=headers)


def code(response: httpx2.Response) -> str:
    """The error's code, "" where there is none. Every answer is AWS's, whatever happens."""
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(response.headers["x-amzn-requestid"]) == 36
    body = response.json()
    found = body.get("__type", "")
    assert response.headers.get("x-amzn-errortype", "") == found
    assert response.status_code == (200 if not found else 500 if found == "InternalServerError" else 400)
    assert not found or body["Message"]
    return str(found)
