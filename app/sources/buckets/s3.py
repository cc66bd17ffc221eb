"""Buckets of S3 (AWS, MinIO, B2, Supabase's S3 door) and of Cloudflare R2."""

from collections.abc import AsyncIterator, Sequence

from app.domain.errors import SourceNotFound, SourceUnavailable
from app.domain.storage import Content, StoredObject
from app.sources.ask import Answer, Ask
from app.sources.buckets.listing import Listed, listed
from app.sources.fetch import Fetcher
from app.sources.key import ObjectName
from app.sources.s3 import Call, Signer, by_code


class S3Buckets:
    """page: keys that are asked for at once; S3 gives 1000 at most."""

    def __init__(self, fetcher: Fetcher, signer: Signer, page: int = 1000) -> None:
        self._fetcher = fetcher
        self._signer = signer
        self._page = page

    async def list(self, folder: ObjectName) -> AsyncIterator[Sequence[StoredObject]]:
        """See app.ports.Storage."""
        page = await self._listed(folder, "")
        yield page.objects
        while page.cursor:
            following = await self._listed(folder, page.cursor)
            if following.cursor == page.cursor:
                msg = "The storage's listing runs in a circle."
                raise SourceUnavailable(msg)
            page = following
            yield page.objects

    async def _listed(self, folder: ObjectName, cursor: str) -> Listed:
        params: dict[str, str | int] = {"Bucket": folder.bucket, "Prefix": folder.key, "MaxKeys": self._page}
        if cursor:
            params["ContinuationToken"] = cursor
        return listed((await self._call(Call("list_objects_v2", params))).body)

    async def head(self, name: ObjectName) -> StoredObject:
        """See app.ports.Storage."""
        answer = await self._call(Call("head_object", _params(name)))
        return StoredObject(name.key, answer.etag, int(answer.headers.get("content-length", "0")))

    async def read(self, name: ObjectName) -> Content:
        """See app.ports.Storage."""
        ask = Ask(await self._signer.sign(name))
        answer = await self._fetcher.ask(ask, trusted=True, explain=by_code)
        return Content(answer.body, answer.etag)

    async def write(self, name: ObjectName, content: bytes, media_type: str) -> StoredObject:
        """See app.ports.Storage."""
        answer = await self._call(Call("put_object", _params(name), content, media_type))
        return StoredObject(name.key, answer.etag, len(content))

    async def delete(self, name: ObjectName) -> None:
        """See app.ports.Storage."""
        try:
            await self._call(Call("delete_object", _params(name)))
        except SourceNotFound:
            return

    async def _call(self, call: Call) -> Answer:
        return await self._fetcher.ask(await self._signer.request(call), trusted=True, explain=by_code)


def _params(name: ObjectName) -> dict[str, str | int]:
    return {"Bucket": name.bucket, "Key": name.key}
