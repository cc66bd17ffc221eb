"""Storages that fail, and what only one kind of storage has."""

import json
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.domain import errors
from app.domain.storage import Folder, Scheme
from app.ports import Storage
from app.sources.buckets.local import UNFINISHED
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, open_sources
from app.sources.s3 import Storage as Place
from app.sources.supabase import Project
from tests.fakes.asgi import serving_app
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, serving_s3
from tests.fakes.supabase_storage import SupabaseStorage
from tests.fakes.web import Behaviour, Web, drip, hang_up, redirect, reply, serving, silent

KEY, OLD = "sb_secret_abcdefghijklmnop", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
RULES = Rules(timeout_seconds=0.6, first_byte_seconds=0.3)
PATIENT = Rules(timeout_seconds=10, first_byte_seconds=5)
"""For what fails by itself, however busy the machine is."""
Verb = Callable[[Storage, Folder], Awaitable[object]]


async def listing(storage: Storage, folder: Folder) -> object:
    return [page async for page in storage.list(folder)]


async def head(storage: Storage, folder: Folder) -> object:
    return await storage.head(folder, "1.jpg")


async def read(storage: Storage, folder: Folder) -> object:
    return await storage.read(folder, "1.jpg")


async def write(storage: Storage, folder: Folder) -> object:
    return await storage.write(folder, "1.jpg", b"content", "image/jpeg")


async def delete(storage: Storage, folder: Folder) -> object:
    await storage.delete(folder, "1.jpg")
    return None


VERBS = [listing, head, read, write, delete]
REMOTE = [Scheme.S3, Scheme.R2, Scheme.SUPABASE]


def options(scheme: Scheme, url: str, rules: Rules = RULES) -> SourceOptions:
    if scheme is Scheme.SUPABASE:
        return SourceOptions(rules, Project(url, KEY))
    place = Place(scheme, url, "auto", ACCESS_KEY, SECRET_KEY)
    return SourceOptions(rules, r2=place) if scheme is Scheme.R2 else SourceOptions(rules, s3=place)


class Always(dict[str, Behaviour]):
    """The same at every path."""

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__()
        self._behaviour = behaviour

    def get(self, key: str, default: object = None) -> Behaviour:
        return self._behaviour


@asynccontextmanager
async def behaving(behaviour: Behaviour, scheme: Scheme, rules: Rules = PATIENT) -> AsyncIterator[tuple[Storage, Web]]:
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(serving(Web(Always(behaviour))))
        sources = await stack.enter_async_context(open_sources(options(scheme, web.url, rules)))
        yield sources.buckets, web


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("scheme", REMOTE)
@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (silent, errors.SourceTooSlow),
        (hang_up, errors.SourceUnavailable),
        (reply(b"upstream", 500), errors.SourceUnavailable),
        (reply(b"slow down", 503), errors.SourceUnavailable),
        (reply(b"who are you", 403), errors.SourceDenied),
    ],
)
async def test_a_storage_that_fails_says_whether_trying_again_helps(
    behaviour: Behaviour, error: type[errors.FaceReconError], scheme: Scheme, verb: Verb
) -> None:
    rules = RULES if error is errors.SourceTooSlow else PATIENT
    async with behaving(behaviour, scheme, rules) as (storage, _):
        with pytest.raises(error):
            await verb(storage, Folder(scheme, "photos"))


@pytest.mark.parametrize("verb", [listing, read])
@pytest.mark.parametrize("scheme", REMOTE)
async def test_a_storage_that_drips_is_cut_off(scheme: Scheme, verb: Verb) -> None:
    async with behaving(drip(), scheme, RULES) as (storage, _):
        with pytest.raises(errors.SourceTooSlow):
            await verb(storage, Folder(scheme, "photos"))


@pytest.mark.parametrize("scheme", REMOTE)
async def test_a_storage_that_is_gone_is_unavailable(scheme: Scheme) -> None:
    async with open_sources(options(scheme, "http://127.0.0.1:1")) as sources:
        with pytest.raises(errors.SourceUnavailable):
            await listing(sources.buckets, Folder(scheme, "photos"))


@pytest.mark.parametrize("verb", [write, delete])
@pytest.mark.parametrize("scheme", REMOTE)
async def test_what_changes_something_is_led_nowhere_else(scheme: Scheme, verb: Verb) -> None:
    async with behaving(redirect("/elsewhere", 307), scheme) as (storage, web):
        with pytest.raises(errors.SourceRefused):
            await verb(storage, Folder(scheme, "photos"))

    assert len(web.requests) == 1


@pytest.mark.parametrize("verb", [listing, head, read])
@pytest.mark.parametrize("scheme", REMOTE)
async def test_a_redirect_is_not_told_the_key(scheme: Scheme, verb: Verb) -> None:
    rules = Rules(timeout_seconds=2, allow_networks=(ip_network("127.0.0.1/32"),))
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(serving(Web()))
        web = await stack.enter_async_context(serving(Web(Always(redirect(f"{elsewhere.url}/x")))))
        sources = await stack.enter_async_context(open_sources(options(scheme, web.url, rules)))
        with pytest.raises(errors.FaceReconError):
            await verb(sources.buckets, Folder(scheme, "photos"))

    sent = "".join(elsewhere.requests).lower()
    assert (" /x " in sent) == (scheme != Scheme.SUPABASE or verb is not listing)
    assert "apikey" not in sent
    assert "authorization" not in sent
    assert "signature" not in sent


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"<Error/>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        b"<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult/>",
    ],
)
async def test_an_answer_of_s3_that_is_no_listing_loses_no_photo_silently(body: bytes) -> None:
    async with behaving(reply(body, content_type="application/xml"), Scheme.S3) as (storage, _):
        with pytest.raises(errors.SourceUnavailable):
            await listing(storage, Folder(Scheme.S3, "photos"))


@pytest.mark.parametrize("body", [b"hello", b"[]", b"{}", b'{"hasNext": true, "objects": []}'])
async def test_an_answer_of_supabase_that_is_no_listing_loses_no_photo_silently(body: bytes) -> None:
    async with behaving(reply(body, content_type="application/json"), Scheme.SUPABASE) as (storage, _):
        with pytest.raises(errors.SourceUnavailable):
            await listing(storage, Folder(Scheme.SUPABASE, "photos"))


@pytest.mark.parametrize(
    ("scheme", "body"),
    [
        (
            Scheme.S3,
            b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>\
</ListBucketResult>",
        ),
        (
            Scheme.SUPABASE,
            json.dumps({"hasNext": True, "nextCursor": "x", "objects": [{"name": "a", "metadata": None}]}).encode(),
        ),
    ],
)
async def test_a_listing_that_runs_in_a_circle_ends(scheme: Scheme, body: bytes) -> None:
    async with behaving(reply(body, content_type="text/plain"), scheme) as (storage, _):
        with pytest.raises(errors.SourceUnavailable, match="circle"):
            await listing(storage, Folder(scheme, "photos"))


async def test_keys_that_are_percent_encoded_in_a_listing_are_decoded_as_s3_encodes_them() -> None:
    body = (
        b"<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
        b"<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
        b"<Contents><Key>a+b%2Bc/%C3%BC.jpg</Key><Size>7</Size><ETag>&quot;e&quot;</ETag></Contents></ListBucketResult>"
    )
    async with behaving(reply(body, content_type="application/xml"), Scheme.S3) as (storage, _):
        pages = [page async for page in storage.list(Folder(Scheme.S3, "photos"))]

    assert [(entry.key, entry.etag, entry.size) for page in pages for entry in page] == [("a b+c/ü.jpg", "e", 7)]


@pytest.mark.parametrize("verb", VERBS)
async def test_wrong_keys_of_s3_are_denied_without_being_told(tmp_path: Path, verb: Verb) -> None:
    (tmp_path / "photos").mkdir()
    with serving_s3(tmp_path) as url:
        place = Place("s3", url, "us-east-1", ACCESS_KEY, "anothersecret0123456789")
        async with open_sources(SourceOptions(s3=place)) as sources:
            with pytest.raises(errors.SourceDenied) as caught:
                await verb(sources.buckets, Folder(Scheme.S3, "photos"))

    assert "anothersecret" not in str(caught.value)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_wrong_key_of_supabase_is_denied_without_being_told(verb: Verb) -> None:
    server = SupabaseStorage(KEY, {"photos": {"1.jpg": b"one"}})
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving_app(server.app()))
        project = Project(url, "sb_secret_wrong")
        sources = await stack.enter_async_context(open_sources(SourceOptions(supabase=project)))
        with pytest.raises(errors.SourceDenied) as caught:
            await verb(sources.buckets, Folder(Scheme.SUPABASE, "photos"))

    assert "sb_secret" not in str(caught.value)


@pytest.mark.parametrize(("key", "bearer"), [(KEY, None), (OLD, f"Bearer {OLD}")])
async def test_only_an_old_key_of_supabase_is_sent_as_a_token(key: str, bearer: str | None) -> None:
    server = SupabaseStorage(key, {"photos": {}})
    async with serving_app(server.app()) as url, open_sources(SourceOptions(supabase=Project(url, key))) as sources:
        for verb in (write, head, read, listing, delete):
            await verb(sources.buckets, Folder(Scheme.SUPABASE, "photos"))

    sent = [headers for _, _, headers in server.seen]
    assert {headers["apikey"] for headers in sent} == {key}
    assert {headers.get("authorization") for headers in sent} == {bearer}
    assert {headers["user-agent"] for headers in sent} == {"svc-face-recon"}


async def test_a_key_that_supabase_does_not_take_is_refused_to_who_writes_and_not_found_by_who_reads() -> None:
    server, folder = SupabaseStorage(KEY, {"photos": {}}), Folder(Scheme.SUPABASE, "photos")
    async with serving_app(server.app()) as url, open_sources(SourceOptions(supabase=Project(url, KEY))) as sources:
        with pytest.raises(errors.SourceForbidden):
            await sources.buckets.write(folder, "ü.jpg", b"content", "image/jpeg")
        with pytest.raises(errors.SourceNotFound):
            await sources.buckets.read(folder, "ü.jpg")


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_sources(SourceOptions(local={"uploads": tmp_path / "data" / "uploads"})) as sources:
        yield sources.buckets


UPLOADS = Folder(Scheme.LOCAL, "uploads")


async def test_local_files_are_private(local: Storage, tmp_path: Path) -> None:
    await local.write(UPLOADS, "a/b/1.jpg", b"content", "image/jpeg")

    root = tmp_path / "data" / "uploads"
    assert {stat.S_IMODE((root / folder).stat().st_mode) for folder in ("", "a", "a/b")} == {0o700}
    assert stat.S_IMODE((root / "a/b/1.jpg").stat().st_mode) == 0o600


@pytest.mark.parametrize("verb", [head, read, write, delete])
async def test_a_link_leads_out_of_no_local_folder(local: Storage, tmp_path: Path, verb: Verb) -> None:
    root, secret = tmp_path / "data" / "uploads", tmp_path / "secret"
    root.mkdir(parents=True)
    secret.mkdir()
    (secret / "1.jpg").write_bytes(b"secret")
    (root / "1.jpg").symlink_to(secret / "1.jpg")
    (root / "folder").symlink_to(secret)

    with pytest.raises(errors.SourceForbidden):
        await verb(local, UPLOADS)
    with pytest.raises(errors.SourceForbidden):
        await local.read(UPLOADS, "folder/1.jpg")
    for prefix in ("", "folder/", "f"):
        assert [page async for page in local.list(Folder(Scheme.LOCAL, "uploads", prefix))] == []
    assert (secret / "1.jpg").read_bytes() == b"secret"


@pytest.mark.parametrize("key", ["/etc/passwd", "a//b.jpg", "a/", f"{UNFINISHED}x", f"{UNFINISHED}x/b.jpg", "n" * 300])
async def test_a_name_that_no_local_file_can_have_is_refused(local: Storage, key: str) -> None:
    with pytest.raises(errors.SourceForbidden):
        await local.write(UPLOADS, key, b"content", "image/jpeg")


async def test_a_local_file_that_is_still_being_written_is_not_listed(local: Storage, tmp_path: Path) -> None:
    await local.write(UPLOADS, "1.jpg", b"content", "image/jpeg")
    (tmp_path / "data" / "uploads" / f"{UNFINISHED}killed").write_bytes(b"half")
    os.mkfifo(tmp_path / "data" / "uploads" / "pipe.jpg")

    keys = [entry.key async for page in local.list(UPLOADS) for entry in page]

    assert keys == ["1.jpg"]


async def test_nothing_is_left_of_a_write_that_fails(local: Storage, tmp_path: Path) -> None:
    await local.write(UPLOADS, "a/1.jpg", b"content", "image/jpeg")

    for key in ("a", "a/1.jpg/2.jpg"):
        with pytest.raises(errors.SourceForbidden):
            await local.write(UPLOADS, key, b"content", "image/jpeg")

    assert [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()] == ["1.jpg"]


async def test_uploads_are_an_empty_folder_before_the_first(local: Storage) -> None:
    assert [page async for page in local.list(UPLOADS)] == []
    with pytest.raises(errors.SourceNotFound):
        await local.read(UPLOADS, "1.jpg")
