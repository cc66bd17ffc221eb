"""Objects of Supabase Storage.

The `supabase` client signs an address with the service key; the bytes come through the capped fetcher, since the
client's own `download` reads a body of any size into memory.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

import httpx

from app.domain.errors import (
    FaceReconError,
    SourceDenied,
    SourceForbidden,
    SourceNotConfigured,
    SourceNotFound,
    SourceTooSlow,
    SourceUnavailable,
)
from app.domain.images import FetchedImage, SupabasePath
from app.sources.fetch import USER_AGENT, Fetcher, by_status
from app.sources.key import ObjectName, object_name, split
from app.sources.network import Origin
from app.sources.target import endpoint

if TYPE_CHECKING:
    from supabase import AsyncClient, AsyncClientOptions

    Make = Callable[[str, str, AsyncClientOptions], Awaitable[AsyncClient]]

SIGNED_SECONDS = 300
_ERRORS: dict[str, type[FaceReconError]] = {
    "NoSuchKey": SourceNotFound,
    "NoSuchBucket": SourceNotFound,
    "InvalidKey": SourceNotFound,
    "InvalidBucketName": SourceNotFound,
    "AccessDenied": SourceDenied,
    "InvalidJWT": SourceDenied,
    "InvalidSignature": SourceDenied,
    "SignatureDoesNotMatch": SourceDenied,
    "Unauthorized": SourceDenied,
    "TenantNotFound": SourceDenied,
    "SlowDown": SourceUnavailable,
    "DatabaseTimeout": SourceUnavailable,
    "InternalError": SourceUnavailable,
}
"""https://supabase.com/docs/guides/storage/debugging/error-codes"""

logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, and those name people's pictures


def by_code(code: str, status: str | int) -> FaceReconError:
    """Turn Storage's error into ours: by its code, else by the status *in the body*.

    The HTTP status says 400 for nearly everything, a missing object and a bad key included; older servers send no
    code, and the client then makes up «400».
    """
    if known := _ERRORS.get(code):
        return known(f"{known.title()[:-1]} ({code}).")
    return by_status(int(status) if str(status).isdecimal() else 0, b"")


def explain(status: int, body: bytes) -> FaceReconError:
    """The same for an answer that the fetcher got."""
    told = refusal(body)
    return by_code(str(told.get("code", "")), str(told.get("statusCode", status)))


def refusal(body: bytes) -> dict[str, object]:
    """Read the body of an error; {} where it is none of Storage's."""
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


@dataclass(frozen=True, slots=True)
class Project:
    """A Supabase project. key: its secret key, `sb_secret_…` or the older service_role JWT."""

    url: str
    key: str = field(repr=False)
    bucket: str = "profiles"

    @property
    def trusted(self) -> tuple[Origin, ...]:
        """The project's own origin, which the operator vouches for: a self-hosted one is often private."""
        return (endpoint(self.url),)


class SupabaseSource:
    """Reads `supabase_path`; an async context manager."""

    def __init__(self, fetcher: Fetcher, project: Project | None, timeout_seconds: float = 5) -> None:
        self._fetcher = fetcher
        self._project = project
        self._timeout = timeout_seconds
        self._session = _session(project.key if project else "")
        self._made: AsyncClient | None = None
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.aclose()

    async def read(self, ref: SupabasePath) -> FetchedImage:
        """Fetch it: the first of its readings (see `readings`) that exists.

        Raises SourceNotConfigured beside what Fetcher.read raises.
        """
        project = self._configured()
        tried: list[str] = []
        for name in readings(ref.path, project.bucket):
            try:
                content = await self._read(name)
            except SourceNotFound:
                tried.append(f"{name.key} in bucket {name.bucket}")
            else:
                return FetchedImage(content, f"supabase://{name.bucket}/{name.key}")
        msg = f"Supabase Storage has no {', nor '.join(tried)}."
        raise SourceNotFound(msg)

    async def _read(self, name: ObjectName) -> bytes:
        return await self._fetcher.read(await self._sign(name), trusted=True, explain=explain)

    async def _sign(self, name: ObjectName) -> str:
        from storage3.exceptions import StorageApiError  # noqa: PLC0415 - it was imported with the client

        client = await self._client()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await client.storage.from_(name.bucket).create_signed_url(name.key, SIGNED_SECONDS)
        except StorageApiError as error:
            raise by_code(error.code, error.status) from error
        except TimeoutError as error:
            raise SourceTooSlow from error
        except (httpx.HTTPError, ValueError) as error:
            raise SourceUnavailable from error
        return str(answer["signedURL"])

    async def _client(self) -> "AsyncClient":
        """Return the client, made at the first use: its import takes a second and 50 MB."""
        project = self._configured()
        async with self._lock:
            if self._made is None:
                make, options = await asyncio.to_thread(_supabase, self._session)
                self._made = await make(project.url, project.key, options)
        return self._made

    def _configured(self) -> Project:
        if self._project is None:
            msg = "SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are not set."
            raise SourceNotConfigured(msg)
        return self._project


def readings(path: str, default: str) -> Iterator[ObjectName]:
    """Say what a `supabase_path` may mean, likeliest first.

    `supabase://bucket/key`: that. `/key`: in the default bucket. `default/key`, with the default bucket's name in
    front: that. Anything else: a key in the default bucket, and where there is none, `bucket/key`.
    Percent-encoding is undone: no key of Supabase has a % in it. Raises SourceForbidden.
    """
    plain = unquote(path.strip())
    if "%" in plain:
        msg = "The path is percent-encoded more than once."
        raise SourceForbidden(msg)
    if "://" in plain:
        yield split(plain, "supabase")[1]
        return
    first, slash, rest = plain.partition("/")
    if not (first == default and rest):
        yield object_name(default, plain.removeprefix("/"))
    if slash and first and rest:
        yield object_name(first, rest)


def _session(key: str) -> httpx.AsyncClient:
    """Return the HTTP client that the supabase client is to use.

    The supabase client sends its key as `apikey` and as a Bearer token. A new kind of key (`sb_secret_…`) is no token
    and is refused there, so that only the older ones, which are JWTs, are let through as one.
    """

    async def drop_bearer(request: httpx.Request) -> None:
        request.headers["user-agent"] = USER_AGENT
        if not key.startswith("eyJ"):
            request.headers.pop("authorization", None)

    return httpx.AsyncClient(
        event_hooks={"request": [drop_bearer]}, trust_env=False, follow_redirects=False, timeout=30
    )


def _supabase(session: httpx.AsyncClient) -> "tuple[Make, AsyncClientOptions]":
    from supabase import AsyncClientOptions, acreate_client  # noqa: PLC0415

    options = AsyncClientOptions(httpx_client=session, auto_refresh_token=False, persist_session=False)
    return acreate_client, options
