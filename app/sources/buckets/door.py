"""Every kind of storage behind one door."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from app.domain.errors import ImageTooLarge, SourceNotConfigured
from app.domain.storage import Content, Folder, Scheme, StoredObject
from app.sources.key import ObjectName, folder_name, object_name
from app.sources.pulse import Pulse


class Buckets(Protocol):
    """One kind of storage. Names that arrive here have been checked; see app.ports.Storage for what is promised."""

    def list(self, folder: ObjectName) -> AsyncIterator[Sequence[StoredObject]]: ...

    async def head(self, name: ObjectName) -> StoredObject: ...

    async def read(self, name: ObjectName) -> Content: ...

    async def write(self, name: ObjectName, content: bytes, media_type: str) -> StoredObject: ...

    async def delete(self, name: ObjectName) -> None: ...


class Door:
    """An app.ports.Storage over those kinds that are set up. A bad name is refused before any of them hears of it.

    It opens local folders as well: what a caller of the HTTP API names must be held against that by the services.
    """

    def __init__(self, kinds: Mapping[Scheme, Buckets], max_bytes: int, pulse: Pulse) -> None:
        self._kinds = kinds
        self._max_bytes = max_bytes
        self._pulse = pulse

    def list(self, folder: Folder) -> AsyncIterator[Sequence[StoredObject]]:
        """See app.ports.Storage. A bad folder is refused at once, a missing one with the first page."""
        return self._kind(folder).list(folder_name(folder.bucket, folder.prefix))

    async def head(self, folder: Folder, key: str) -> StoredObject:
        return await self._kind(folder).head(object_name(folder.bucket, key))

    async def read(self, folder: Folder, key: str) -> Content:
        """See app.ports.Storage."""
        with self._pulse.reading(folder.scheme):
            return await self._kind(folder).read(object_name(folder.bucket, key))

    async def write(self, folder: Folder, key: str, content: bytes, media_type: str) -> StoredObject:
        """See app.ports.Storage. Raises ImageTooLarge for what could not be read again."""
        if len(content) > self._max_bytes:
            msg = f"The picture is larger than the {self._max_bytes} bytes that are read."
            raise ImageTooLarge(msg, max_bytes=self._max_bytes)
        return await self._kind(folder).write(object_name(folder.bucket, key), content, media_type)

    async def delete(self, folder: Folder, key: str) -> None:
        await self._kind(folder).delete(object_name(folder.bucket, key))

    def _kind(self, folder: Folder) -> Buckets:
        if folder.scheme not in self._kinds:
            msg = f"{folder.scheme}:// has no settings here."
            raise SourceNotConfigured(msg)
        return self._kinds[folder.scheme]
