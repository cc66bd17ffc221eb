from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from app.domain import errors
from app.domain.images import SupabasePath
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, Sources, open_sources
from app.sources.supabase import Project
from tests.fakes.asgi import serving_app
from tests.fakes.supabase_storage import SupabaseStorage
from tests.fakes.web import Web, serving, silent

NEW, OLD = "sb_secret_abcdefghijklmnop", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"


@asynccontextmanager
async def opened(storage: SupabaseStorage, key: str = "") -> AsyncIterator[Sources]:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving_app(storage.app()))
        options = SourceOptions(Rules(max_bytes=1000), Project(url, key or storage.key))
        yield await stack.enter_async_context(open_sources(options))


def filled(key: str = NEW) -> SupabaseStorage:
    return SupabaseStorage(
        key, {"profiles": {"membros/1.jpg": b"one", "a b/c(1)+.jpg": b"odd"}, "other": {"2.jpg": b"two"}}
    )


@pytest.mark.parametrize(
    ("path", "content", "source"),
    [
        ("membros/1.jpg", b"one", "supabase://profiles/membros/1.jpg"),
        ("profiles/membros/1.jpg", b"one", "supabase://profiles/membros/1.jpg"),
        ("other/2.jpg", b"two", "supabase://other/2.jpg"),
        ("supabase://other/2.jpg", b"two", "supabase://other/2.jpg"),
        ("a b/c(1)+.jpg", b"odd", "supabase://profiles/a b/c(1)+.jpg"),
        ("a%20b/c(1)+.jpg", b"odd", "supabase://profiles/a b/c(1)+.jpg"),
    ],
)
async def test_an_object_is_read_from_its_bucket(path: str, content: bytes, source: str) -> None:
    async with opened(filled()) as sources:
        image = await sources.read(SupabasePath(path))

    assert (image.content, image.source) == (content, source)


@pytest.mark.parametrize(("key", "bearer"), [(NEW, None), (OLD, f"Bearer {OLD}")])
async def test_only_an_old_key_is_sent_as_a_token(key: str, bearer: str | None) -> None:
    storage = filled(key)

    async with opened(storage) as sources:
        await sources.read(SupabasePath("membros/1.jpg"))

    signing, download = (headers for _, _, headers in storage.seen)
    assert signing["apikey"] == key
    assert signing.get("authorization") == bearer
    assert signing["user-agent"] == "svc-face-recon"
    assert "apikey" not in download
    assert "authorization" not in download


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("path", ["membros/9.jpg", "nowhere/9.jpg", "/other/2.jpg", "ü#.jpg"])
async def test_a_missing_object_or_bucket_is_not_found(path: str, old: bool) -> None:  # noqa: FBT001
    storage = filled()
    storage.old = old and not path.startswith("ü")

    async with opened(storage) as sources:
        with pytest.raises(errors.SourceNotFound):
            await sources.read(SupabasePath(path))


async def test_a_wrong_key_is_denied_without_telling_it() -> None:
    async with opened(filled(), key="sb_secret_wrong") as sources:
        with pytest.raises(errors.SourceDenied) as caught:
            await sources.read(SupabasePath("membros/1.jpg"))

    assert "sb_secret" not in str(caught.value)


async def test_an_object_beyond_the_cap_is_too_large() -> None:
    storage = filled()
    storage.objects["profiles"]["big.jpg"] = b"x" * 1001

    async with opened(storage) as sources:
        with pytest.raises(errors.ImageTooLarge):
            await sources.read(SupabasePath("big.jpg"))


async def test_a_server_that_breaks_is_unavailable_and_then_works() -> None:
    storage = filled()
    storage.downs = 1

    async with opened(storage) as sources:
        with pytest.raises(errors.SourceUnavailable):
            await sources.read(SupabasePath("membros/1.jpg"))
        assert (await sources.read(SupabasePath("membros/1.jpg"))).content == b"one"


async def test_a_server_that_is_gone_is_unavailable() -> None:
    async with open_sources(SourceOptions(supabase=Project("http://127.0.0.1:1", NEW))) as sources:
        with pytest.raises(errors.SourceUnavailable):
            await sources.read(SupabasePath("membros/1.jpg"))


async def test_a_server_that_says_nothing_is_too_slow() -> None:
    async with serving(Web({"/storage/v1/object/sign/profiles/a.jpg": silent})) as web:
        options = SourceOptions(Rules(first_byte_seconds=0.3), Project(web.url, NEW))
        async with open_sources(options) as sources:
            with pytest.raises(errors.SourceTooSlow):
                await sources.read(SupabasePath("a.jpg"))


async def test_a_traversal_never_reaches_the_server() -> None:
    storage = filled()

    async with opened(storage) as sources:
        with pytest.raises(errors.SourceForbidden):
            await sources.read(SupabasePath("membros/../../other/2.jpg"))

    assert storage.seen == []


async def test_without_settings_it_says_so() -> None:
    async with open_sources(SourceOptions()) as sources:
        with pytest.raises(errors.SourceNotConfigured):
            await sources.read(SupabasePath("membros/1.jpg"))
