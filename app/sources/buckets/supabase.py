"""Buckets of Supabase Storage, over its HTTP API."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError

from app.domain.errors import FaceReconError, SourceForbidden, SourceNotFound, SourceUnavailable
from app.domain.storage import Content, StoredObject
from app.sources.ask import Answer, Ask, bare
from app.sources.fetch import USER_AGENT, Explain, Fetcher
from app.sources.key import ObjectName
from app.sources.supabase import Project, explain, refusal

LONGEST_LISTING = 16_000_000
"""Bytes of a page of 1000 objects with their metadata, of which the caller's own may be long."""
JSON = "application/json"


Told = TypeVar("Told", bound=BaseModel)


class _Metadata(BaseModel):
    etag: str = Field("", alias="eTag")
    size: int = 0


class _Object(BaseModel):
    """name: the whole key, where no folders are asked for. metadata: None as long as the upload is on its way."""

    name: str
    metadata: _Metadata | None = None

    @property
    def stored(self) -> StoredObject:
        told = self.metadata or _Metadata()
        return StoredObject(self.name, bare(told.etag), told.size)


class _Page(BaseModel):
    objects: list[_Object]
    more: bool = Field(alias="hasNext")
    cursor: str | None = Field(None, alias="nextCursor")


class _Info(BaseModel):
    etag: str | None = None
    size: int | None = None


class SupabaseBuckets:
    """page: keys that are asked for at once. The service key goes out in headers, to the project's own origin only."""

    def __init__(self, fetcher: Fetcher, project: Project, page: int = 1000) -> None:
        self._fetcher = fetcher
        self._base = project.url.rstrip("/") + "/storage/v1"
        self._headers = headers(project.key)
        self._page = page

    async def list(self, folder: ObjectName) -> AsyncIterator[Sequence[StoredObject]]:
        """See app.ports.Storage."""
        page = await self._listed(folder, None)
        if not page.objects:
            # A bucket that is not there may well be listed as one in which there is nothing.
            await self._call("GET", f"/bucket/{quote(folder.bucket)}")
        yield _stored(page)
        while page.more:
            following = await self._listed(folder, page.cursor)
            if following.more and following.cursor == page.cursor:
                msg = "The storage's listing runs in a circle."
                raise SourceUnavailable(msg)
            page = following
            yield _stored(page)

    async def _listed(self, folder: ObjectName, cursor: str | None) -> _Page:
        asked = {"prefix": folder.key, "limit": self._page, "with_delimiter": False}
        body = json.dumps(asked | ({"cursor": cursor} if cursor else {})).encode()
        answer = await self._call("POST", f"/object/list-v2/{quote(folder.bucket)}", body, JSON)
        page = _read(_Page, answer)
        if page.more and not page.cursor:
            raise _broken()
        return page

    async def head(self, name: ObjectName) -> StoredObject:
        """See app.ports.Storage."""
        told = _read(_Info, await self._call("GET", f"/object/info/{_path(name)}"))
        return StoredObject(name.key, bare(told.etag or ""), told.size or 0)

    async def read(self, name: ObjectName) -> Content:
        """See app.ports.Storage."""
        ask = Ask(f"{self._base}/object/authenticated/{_path(name)}", headers=self._headers)
        answer = await self._fetcher.ask(ask, trusted=True, explain=explain)
        return Content(answer.body, answer.etag)

    async def write(self, name: ObjectName, content: bytes, media_type: str) -> StoredObject:
        """See app.ports.Storage. Two requests: the answer to an upload does not tell the etag."""
        await self._call("POST", f"/object/{_path(name)}", content, media_type, _explain_upload)
        return await self.head(name)

    async def delete(self, name: ObjectName) -> None:
        """See app.ports.Storage."""
        try:
            await self._call("DELETE", f"/object/{_path(name)}")
        except SourceNotFound:
            return

    async def _call(
        self, method: str, path: str, content: bytes = b"", media_type: str = "", explained: Explain = explain
    ) -> Answer:
        sent = {"content-type": media_type, "x-upsert": "true"} if media_type else {}
        ask = Ask(self._base + path, method, self._headers | sent, content, LONGEST_LISTING)
        return await self._fetcher.ask(ask, trusted=True, explain=explained)


def headers(key: str) -> dict[str, str]:
    """Say who asks. A new kind of key (`sb_secret_…`) is no token: only the older ones, which are JWTs, go as one."""
    token = {"authorization": f"Bearer {key}"} if key.startswith("eyJ") else {}
    return {"apikey": key, "user-agent": USER_AGENT} | token


def _path(name: ObjectName) -> str:
    return f"{quote(name.bucket)}/{quote(name.key)}"


def _explain_upload(status: int, body: bytes) -> FaceReconError:
    """What cannot be there is not found by who reads it, and refused to who writes it."""
    if refusal(body).get("code") == "InvalidKey":
        msg = "Supabase Storage takes no keys with such characters."
        return SourceForbidden(msg)
    return explain(status, body)


def _stored(page: _Page) -> tuple[StoredObject, ...]:
    return tuple(entry.stored for entry in page.objects)


def _read(kind: type[Told], answer: Answer) -> Told:
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError as error:
        raise _broken() from error


def _broken() -> SourceUnavailable:
    return SourceUnavailable("Supabase Storage answered with something that is no answer.")
