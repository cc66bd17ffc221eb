"""Buckets in memory."""

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256

from app.domain.errors import ImageTooLarge, SourceNotConfigured, SourceNotFound
from app.domain.storage import Content, Folder, Scheme, StoredObject
from app.sources.key import folder_name, object_name


class FakeStorage:
    """Has the buckets that it is given, e.g. `FakeStorage("r2://photos")`, and no others. page: keys in a page."""

    def __init__(self, *buckets: str, page: int = 1000, max_bytes: int = 15_000_000) -> None:
        folders = [Folder.parse(uri) for uri in buckets]
        self.objects: dict[tuple[Scheme, str], dict[str, bytes]] = {(each.scheme, each.bucket): {} for each in folders}
        self.page = page
        self.max_bytes = max_bytes

    async def list(self, folder: Folder) -> AsyncIterator[Sequence[StoredObject]]:
        folder_name(folder.bucket, folder.prefix)
        found = [_stored(key, content) for key, content in self._in(folder).items() if key.startswith(folder.prefix)]
        for begin in range(0, len(found), self.page):
            yield found[begin : begin + self.page]

    async def head(self, folder: Folder, key: str) -> StoredObject:
        return _stored(key, self._content(folder, key))

    async def read(self, folder: Folder, key: str) -> Content:
        content = self._content(folder, key)
        self._check(content)
        return Content(content, _etag(content))

    async def write(self, folder: Folder, key: str, content: bytes, media_type: str) -> StoredObject:
        object_name(folder.bucket, key)
        self._check(content)
        self._in(folder)[key] = content
        return _stored(key, content)

    async def delete(self, folder: Folder, key: str) -> None:
        object_name(folder.bucket, key)
        self.objects.get((folder.scheme, folder.bucket), {}).pop(key, None)

    def _content(self, folder: Folder, key: str) -> bytes:
        object_name(folder.bucket, key)
        if key not in self._in(folder):
            raise SourceNotFound
        return self._in(folder)[key]

    def _in(self, folder: Folder) -> dict[str, bytes]:
        if folder.scheme not in {scheme for scheme, _ in self.objects}:
            raise SourceNotConfigured
        if (folder.scheme, folder.bucket) not in self.objects:
            raise SourceNotFound
        return self.objects[folder.scheme, folder.bucket]

    def _check(self, content: bytes) -> None:
        if len(content) > self.max_bytes:
            raise ImageTooLarge


def _stored(key: str, content: bytes) -> StoredObject:
    return StoredObject(key, _etag(content), len(content))


def _etag(content: bytes) -> str:
    return sha256(content).hexdigest()
