"""The kinds of storage that the contract is held against."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from app.domain.storage import Content, Folder, Scheme, StoredObject
from app.ports import Storage
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, open_sources
from app.sources.s3 import Storage as Place
from app.sources.supabase import Project
from tests.fakes.asgi import serving_app
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY
from tests.fakes.storage import FakeStorage
from tests.fakes.supabase_storage import SupabaseStorage

PAGE, MOST, LEAST = 3, 4000, 100
ODD = (
    "a b/c+d&e=f.jpg",
    "ü/日本 1.jpg",
    "100%.jpg",
    "q?u#e.jpg",
    "%2e%2e.jpg",
    "~t'(1)!*.jpg",
    "a\u202fm.jpg",
    "👩‍🚀.jpg",
)
ODD_ASCII = ("a b/c+d&e=f.jpg", "q?u.jpg", "t'(1)!*.jpg", "a;b,c:d@e$.jpg")


@dataclass(frozen=True)
class Shelf:
    """A storage, and a folder in it that is this test's own. strict: the same storage, which reads LEAST bytes only."""

    storage: Storage
    strict: Storage
    folder: Folder
    odd: tuple[str, ...] = ODD

    @property
    def nowhere(self) -> Folder:
        return replace(self.folder, bucket="nowhere")

    def key(self, name: str) -> str:
        return self.folder.prefix + name

    async def put(self, name: str, content: bytes = b"content") -> StoredObject:
        return await self.storage.write(self.folder, self.key(name), content, "image/jpeg")

    async def head(self, name: str) -> StoredObject:
        return await self.storage.head(self.folder, self.key(name))

    async def get(self, name: str) -> Content:
        return await self.storage.read(self.folder, self.key(name))

    async def drop(self, name: str) -> None:
        await self.storage.delete(self.folder, self.key(name))

    async def pages(self, prefix: str = "") -> list[list[StoredObject]]:
        folder = replace(self.folder, prefix=self.key(prefix))
        return [list(page) async for page in self.storage.list(folder)]

    async def listed(self, prefix: str = "") -> dict[str, StoredObject]:
        """What is listed, by name."""
        found = [entry for page in await self.pages(prefix) for entry in page]
        names = [entry.key.removeprefix(self.folder.prefix) for entry in found]
        assert len(set(names)) == len(names)
        return dict(zip(names, found, strict=True))


def _own(scheme: Scheme) -> Folder:
    return Folder(scheme, "photos", f"{uuid4().hex}/")


def fake_shelf() -> Shelf:
    storage = FakeStorage("s3://photos", page=PAGE, max_bytes=MOST)
    strict = FakeStorage("s3://photos", max_bytes=LEAST)
    strict.objects = storage.objects
    return Shelf(storage, strict, _own(Scheme.S3))


@asynccontextmanager
async def _opened(options: SourceOptions, scheme: Scheme, odd: tuple[str, ...] = ODD) -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as stack:
        loose, strict = [
            (await stack.enter_async_context(open_sources(replace(options, rules=Rules(max_bytes=most))))).buckets
            for most in (MOST, LEAST)
        ]
        yield Shelf(loose, strict, _own(scheme), odd)


@asynccontextmanager
async def local_shelf(folder: Path) -> AsyncIterator[Shelf]:
    async with _opened(SourceOptions(local={"photos": folder / "photos"}, page=PAGE), Scheme.LOCAL) as shelf:
        yield shelf


@asynccontextmanager
async def s3_shelf(url: str, scheme: Scheme) -> AsyncIterator[Shelf]:
    if scheme is Scheme.R2:
        options = SourceOptions(r2=Place("r2", url, "auto", ACCESS_KEY, SECRET_KEY), page=PAGE)
    else:
        options = SourceOptions(s3=Place("s3", url, "us-east-1", ACCESS_KEY, SECRET_KEY), page=PAGE)
    async with _opened(options, scheme) as shelf:
        yield shelf


@asynccontextmanager
async def supabase_shelf(key: str) -> AsyncIterator[Shelf]:
    server = SupabaseStorage(key, {"photos": {}})
    async with serving_app(server.app()) as url:
        options = SourceOptions(supabase=Project(url, key), page=PAGE)
        async with _opened(options, Scheme.SUPABASE, ODD_ASCII) as shelf:
            yield shelf
