"""Folders of this machine, for uploads where no bucket is configured."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.domain.errors import ImageTooLarge, SourceDenied, SourceForbidden, SourceNotFound, SourceUnavailable
from app.domain.storage import Content, StoredObject
from app.sources.key import ObjectName

UNFINISHED = ".unfinished-"
"""How the names of files begin that are still being written. No key may have a part that begins so."""
PRIVATE = 0o700
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe without a writer would be waited for


class LocalBuckets:
    """Files in folders. folders: by bucket; made with the first write, for this user only.

    An etag is made of the file's number, time and size: every write makes a new file. page: keys in a page of `list`.
    Symbolic links are neither followed nor listed.
    """

    def __init__(self, folders: Mapping[str, Path], max_bytes: int, page: int = 1000) -> None:
        self._folders = folders
        self._max_bytes = max_bytes
        self._page = page

    async def list(self, folder: ObjectName) -> AsyncIterator[Sequence[StoredObject]]:
        """See app.ports.Storage."""
        found = _walk(self._root(folder), folder.key)
        while page := await asyncio.to_thread(_next, found, self._page):
            yield page

    async def head(self, name: ObjectName) -> StoredObject:
        """See app.ports.Storage."""
        return await asyncio.to_thread(_head, self._root(name), name.key)

    async def read(self, name: ObjectName) -> Content:
        """See app.ports.Storage."""
        return await asyncio.to_thread(_read, self._root(name), name.key, self._max_bytes)

    async def write(self, name: ObjectName, content: bytes, media_type: str) -> StoredObject:  # noqa: ARG002
        """See app.ports.Storage. Whoever reads sees the old file or the new one, and never half of one."""
        return await asyncio.to_thread(_write, self._root(name), name.key, content)

    async def delete(self, name: ObjectName) -> None:
        """See app.ports.Storage."""
        with suppress(SourceNotFound):
            await asyncio.to_thread(_delete, self._root(name), name.key)

    def _root(self, name: ObjectName) -> Path:
        if name.bucket not in self._folders:
            msg = f"There is no folder local://{name.bucket}."
            raise SourceNotFound(msg)
        return self._folders[name.bucket]


def _inside(root: Path, key: str) -> Path:
    """Where the object is. Raises SourceForbidden for what is not in the folder, or is behind a link."""
    parts = key.split("/")
    path = root.resolve().joinpath(*parts)
    if "" in parts or any(part.startswith(UNFINISHED) for part in parts) or path.resolve() != path:
        msg = "A local file has no such name."
        raise SourceForbidden(msg)
    return path


def _next(found: Iterator[StoredObject], count: int) -> tuple[StoredObject, ...]:
    with _translated():
        return tuple(islice(found, count))


def _walk(root: Path, prefix: str) -> Iterator[StoredObject]:
    """Files whose keys begin with the prefix. One that goes away meanwhile is not told of."""
    root = root.resolve()
    begin = root.joinpath(*prefix.split("/")[:-1])
    if begin.resolve() != begin:
        return
    for folder, _, files in os.walk(begin, onerror=_unless_gone):
        for file in files:
            path = Path(folder, file)
            key = path.relative_to(root).as_posix()
            if key.startswith(prefix) and not file.startswith(UNFINISHED):
                yield from _seen(path, key)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _seen(path: Path, key: str) -> tuple[StoredObject, ...]:
    try:
        told = path.lstat()
    except FileNotFoundError:
        return ()
    return (_stored(key, told),) if stat.S_ISREG(told.st_mode) else ()


def _head(root: Path, key: str) -> StoredObject:
    with _translated():
        path = _inside(root, key)
        if not path.is_file():
            raise SourceNotFound
        return _stored(key, path.stat())


def _read(root: Path, key: str, max_bytes: int) -> Content:
    with _translated(), os.fdopen(os.open(_inside(root, key), _READ), "rb") as file:
        told = os.fstat(file.fileno())
        if not stat.S_ISREG(told.st_mode):
            raise SourceNotFound
        if told.st_size > max_bytes:
            msg = f"The picture is larger than the {max_bytes} bytes that are read."
            raise ImageTooLarge(msg, max_bytes=max_bytes)
        return Content(file.read(), _etag(told))


def _write(root: Path, key: str, content: bytes) -> StoredObject:
    with _translated():
        path = _inside(root, key)
        try:
            _make(path.parent, root.resolve())
            return _stored(key, _replace(path, content))
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            msg = "A file and a folder cannot have the same name."
            raise SourceForbidden(msg) from error


def _make(folder: Path, root: Path) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    for each in reversed((folder, *folder.parents)):
        if each.is_relative_to(root):
            each.mkdir(PRIVATE, exist_ok=True)


def _replace(path: Path, content: bytes) -> os.stat_result:
    with NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
            _sync(path.parent)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
        return os.fstat(file.fileno())


def _sync(folder: Path) -> None:
    """Have the new name survive a power cut, as the file's content does."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _delete(root: Path, key: str) -> None:
    with _translated():
        _inside(root, key).unlink()


def _stored(key: str, told: os.stat_result) -> StoredObject:
    return StoredObject(key, _etag(told), told.st_size)


def _etag(told: os.stat_result) -> str:
    return f"{told.st_ino:x}-{told.st_mtime_ns:x}-{told.st_size:x}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise SourceNotFound from error
    except PermissionError as error:
        raise SourceDenied from error
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP, errno.EILSEQ):
            raise SourceForbidden from error
        msg = f"The folder cannot be used: {error.strerror}."
        raise SourceUnavailable(msg) from error
