"""What every Storage must do."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import ImageTooLarge, SourceForbidden, SourceNotConfigured, SourceNotFound, SourceUnavailable
from app.domain.storage import Folder, Scheme
from tests.contract.storages import LEAST, MOST, PAGE, Shelf

PICTURE = bytes(range(256))


async def test_a_folder_is_listed_page_by_page_and_nothing_is_missed_or_told_twice(shelf: Shelf) -> None:
    names = {f"{n % 3}/{n}.jpg" for n in range(3 * PAGE + 1)}
    for name in names:
        await shelf.put(name, name.encode())

    pages = await shelf.pages()

    assert {entry.key for page in pages for entry in page} == {shelf.key(name) for name in names}
    assert sum(len(page) for page in pages) == len(names)
    assert max(len(page) for page in pages) == PAGE


async def test_a_folder_that_fills_its_pages_exactly_is_listed_whole(shelf: Shelf) -> None:
    names = {f"{n}.jpg" for n in range(2 * PAGE)}
    for name in names:
        await shelf.put(name)

    assert (await shelf.listed()).keys() == names


async def test_a_prefix_is_the_beginning_of_a_key_and_no_folder(shelf: Shelf) -> None:
    for name in ("gala.jpg", "gallery/1.jpg", "gallery/old/2.jpg", "gallery2/3.jpg", "other/gallery/4.jpg"):
        await shelf.put(name)

    assert (await shelf.listed("gal")).keys() == {"gala.jpg", "gallery/1.jpg", "gallery/old/2.jpg", "gallery2/3.jpg"}
    assert (await shelf.listed("gallery/")).keys() == {"gallery/1.jpg", "gallery/old/2.jpg"}
    assert (await shelf.listed("gallery/o")).keys() == {"gallery/old/2.jpg"}
    assert (await shelf.listed("nothing/")).keys() == set()


async def test_without_a_prefix_the_whole_bucket_is_listed(shelf: Shelf) -> None:
    await shelf.put("1.jpg")
    whole = replace(shelf.folder, prefix="")

    keys = {entry.key async for page in shelf.storage.list(whole) for entry in page}

    assert shelf.key("1.jpg") in keys


async def test_an_object_of_any_name_is_written_listed_read_and_deleted(shelf: Shelf) -> None:
    for name in shelf.odd:
        await shelf.put(name, name.encode())

    assert (await shelf.listed()).keys() == set(shelf.odd)
    for name in shelf.odd:
        assert (await shelf.get(name)).content == name.encode()
        assert (await shelf.head(name)).key == shelf.key(name)
        await shelf.drop(name)
    assert await shelf.listed() == {}


@pytest.mark.parametrize("content", [PICTURE, b""])
async def test_everything_says_the_same_of_an_object(shelf: Shelf, content: bytes) -> None:
    written = await shelf.put("1.jpg", content)

    assert (written.key, written.size) == (shelf.key("1.jpg"), len(content))
    assert written.etag.strip('"') == written.etag != ""
    assert await shelf.head("1.jpg") == written
    assert (await shelf.listed())["1.jpg"] == written
    read = await shelf.get("1.jpg")
    assert (read.content, read.etag) == (content, written.etag)


async def test_another_content_has_another_etag(shelf: Shelf) -> None:
    before = await shelf.put("1.jpg", b"one")

    after = await shelf.put("1.jpg", b"two")

    assert after.etag != before.etag
    assert (await shelf.get("1.jpg")).content == b"two"
    assert (await shelf.listed())["1.jpg"] == after


async def test_of_many_who_write_at_once_one_wins_whole(shelf: Shelf) -> None:
    contents = {bytes([n]) * 2000 for n in range(6)}

    told = await asyncio.gather(*(shelf.put("deep/er/1.jpg", content) for content in contents), return_exceptions=True)

    # A storage may turn some away, as rclone does where two rename at once; they are told to try again.
    assert all(isinstance(answer, SourceUnavailable) for answer in told if isinstance(answer, BaseException))
    assert (await shelf.get("deep/er/1.jpg")).content in contents
    assert (await shelf.listed()).keys() == {"deep/er/1.jpg"}


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(shelf: Shelf) -> None:
    await shelf.put("1.jpg")
    await shelf.put("2.jpg")

    for _ in range(2):
        await shelf.drop("1.jpg")

    assert (await shelf.listed()).keys() == {"2.jpg"}
    with pytest.raises(SourceNotFound):
        await shelf.get("1.jpg")


async def test_a_missing_object_is_not_found(shelf: Shelf) -> None:
    await shelf.put("folder/1.jpg")

    for name in ("none.jpg", "folder", "folder/1.jpg/2.jpg", "no/folder/1.jpg"):
        with pytest.raises(SourceNotFound):
            await shelf.head(name)
        with pytest.raises(SourceNotFound):
            await shelf.get(name)


async def test_a_missing_bucket_is_not_found(shelf: Shelf) -> None:
    with pytest.raises(SourceNotFound):
        [page async for page in shelf.storage.list(shelf.nowhere)]
    with pytest.raises(SourceNotFound):
        await shelf.storage.head(shelf.nowhere, "1.jpg")
    with pytest.raises(SourceNotFound):
        await shelf.storage.read(shelf.nowhere, "1.jpg")
    with pytest.raises(SourceNotFound):
        await shelf.storage.write(shelf.nowhere, "1.jpg", b"content", "image/jpeg")
    await shelf.storage.delete(shelf.nowhere, "1.jpg")


@pytest.mark.parametrize("key", ["", "../1.jpg", "a/../../1.jpg", "a/./1.jpg", "a\0b", "a\nb", "x" * 1025, "\ud800"])
async def test_a_key_that_no_object_can_have_is_refused(shelf: Shelf, key: str) -> None:
    with pytest.raises(SourceForbidden):
        await shelf.storage.head(shelf.folder, key)
    with pytest.raises(SourceForbidden):
        await shelf.storage.read(shelf.folder, key)
    with pytest.raises(SourceForbidden):
        await shelf.storage.write(shelf.folder, key, b"content", "image/jpeg")
    with pytest.raises(SourceForbidden):
        await shelf.storage.delete(shelf.folder, key)
    if key:
        with pytest.raises(SourceForbidden):
            [page async for page in shelf.storage.list(replace(shelf.folder, prefix=key))]


@pytest.mark.parametrize("bucket", ["..", "a/b", "photos?x", "user@host", "a:80"])
async def test_a_bucket_that_cannot_be_is_refused(shelf: Shelf, bucket: str) -> None:
    folder = replace(shelf.folder, bucket=bucket)

    with pytest.raises(SourceForbidden):
        [page async for page in shelf.storage.list(folder)]
    with pytest.raises(SourceForbidden):
        await shelf.storage.read(folder, "1.jpg")


async def test_what_is_larger_than_the_cap_is_told_of_but_neither_written_nor_read(shelf: Shelf) -> None:
    await shelf.put("1.jpg", b"x" * (LEAST + 1))

    assert (await shelf.strict.head(shelf.folder, shelf.key("1.jpg"))).size == LEAST + 1
    with pytest.raises(ImageTooLarge):
        await shelf.strict.read(shelf.folder, shelf.key("1.jpg"))
    with pytest.raises(ImageTooLarge):
        await shelf.put("2.jpg", b"x" * (MOST + 1))
    assert (await shelf.listed()).keys() == {"1.jpg"}


async def test_a_storage_that_nobody_has_set_up_says_so(shelf: Shelf) -> None:
    other = Folder(next(scheme for scheme in Scheme if scheme != shelf.folder.scheme), "photos")

    with pytest.raises(SourceNotConfigured):
        [page async for page in shelf.storage.list(other)]
    with pytest.raises(SourceNotConfigured):
        await shelf.storage.read(other, "1.jpg")
