from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain import errors
from app.domain.images import StorageKey, Url
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, Sources, open_sources
from app.sources.s3 import Storage
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, serving_s3

KEYS = [
    "a.jpg",
    "deep/er/b.jpg",
    "a b/c+d&e=f.jpg",
    "ü/日本.jpg",
    "100%.jpg",
    "q?u#e.jpg",
    "%2e%2e.jpg",
    "~t'(1)!*.jpg",
]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("s3")
    for key in KEYS:
        file: Path = folder / "photos" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(key.encode())
    (folder / "photos" / "big.jpg").write_bytes(b"x" * 5000)
    with serving_s3(folder) as url:
        yield url


@pytest.fixture
def storage(endpoint: str) -> Storage:
    return Storage("s3", endpoint, "us-east-1", ACCESS_KEY, SECRET_KEY)


@pytest.fixture
async def sources(storage: Storage) -> AsyncIterator[Sources]:
    r2 = replace(storage, scheme="r2", region="auto")
    async with open_sources(SourceOptions(Rules(max_bytes=4000), s3=storage, r2=r2)) as it:
        yield it


@pytest.mark.parametrize("key", KEYS)
async def test_an_object_of_any_name_is_read(sources: Sources, key: str) -> None:
    image = await sources.read(StorageKey(f"s3://photos/{key}"))

    assert image.content == key.encode()
    assert image.source == f"s3://photos/{key}"


async def test_r2_is_read_by_its_own_settings(sources: Sources) -> None:
    assert (await sources.read(StorageKey("r2://photos/a.jpg"))).source == "r2://photos/a.jpg"


@pytest.mark.parametrize("uri", ["s3://photos/none.jpg", "s3://nobody/a.jpg"])
async def test_a_missing_object_or_bucket_is_not_found(sources: Sources, uri: str) -> None:
    with pytest.raises(errors.SourceNotFound):
        await sources.read(StorageKey(uri))


async def test_a_bucket_that_cannot_be_is_refused(sources: Sources) -> None:
    with pytest.raises(errors.SourceForbidden):
        await sources.read(StorageKey("s3://bücket/a.jpg"))


async def test_an_object_beyond_the_cap_is_too_large(sources: Sources) -> None:
    with pytest.raises(errors.ImageTooLarge):
        await sources.read(StorageKey("s3://photos/big.jpg"))


@pytest.mark.parametrize(
    "wrong", [{"secret_access_key": "anothersecret0123456789"}, {"access_key_id": "ANOTHERACCESSKEY"}]
)
async def test_wrong_keys_are_denied_without_being_told(storage: Storage, wrong: dict[str, str]) -> None:
    options = SourceOptions(s3=replace(storage, **wrong))

    async with open_sources(options) as sources:
        with pytest.raises(errors.SourceDenied) as caught:
            await sources.read(StorageKey("s3://photos/a.jpg"))

    assert not any(secret in str(caught.value) for secret in (*wrong.values(), SECRET_KEY))


async def test_the_endpoint_stays_closed_to_a_callers_address(sources: Sources, endpoint: str) -> None:
    with pytest.raises(errors.SourceForbidden):
        await sources.read(Url(f"{endpoint}/photos/a.jpg"))


async def test_a_server_that_is_gone_is_unavailable(storage: Storage) -> None:
    options = SourceOptions(s3=replace(storage, endpoint_url="http://127.0.0.1:1"))

    async with open_sources(options) as sources:
        with pytest.raises(errors.SourceUnavailable):
            await sources.read(StorageKey("s3://photos/a.jpg"))


async def test_the_usual_chain_of_keys_serves_s3(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    options = SourceOptions(s3=replace(storage, access_key_id="", secret_access_key=""))

    async with open_sources(options) as sources:
        assert (await sources.read(StorageKey("s3://photos/a.jpg"))).content == b"a.jpg"


@pytest.mark.parametrize(
    ("uri", "options"),
    [
        ("s3://photos/a.jpg", SourceOptions()),
        ("s3://photos/a.jpg", SourceOptions(s3=Storage("s3"))),
        ("r2://photos/a.jpg", SourceOptions(s3=Storage("s3"))),
        ("r2://photos/a.jpg", SourceOptions(r2=Storage("r2", "", "auto", "AK", "SK"))),
        ("r2://photos/a.jpg", SourceOptions(r2=Storage("r2", "https://account.r2.cloudflarestorage.com", "auto"))),
    ],
)
async def test_without_settings_it_says_so(
    uri: str, options: SourceOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))

    async with open_sources(options) as sources:
        with pytest.raises(errors.SourceNotConfigured):
            await sources.read(StorageKey(uri))


async def test_aws_itself_is_asked_by_the_buckets_own_name() -> None:
    from app.sources.key import ObjectName  # noqa: PLC0415
    from app.sources.s3 import Signer  # noqa: PLC0415

    signer = Signer(Storage("s3", "", "sa-east-1", "AKIAEXAMPLE", "secret"))

    address = await signer.sign(ObjectName("photos", "a b.jpg"))

    assert address.startswith("https://photos.s3.sa-east-1.amazonaws.com/a%20b.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert "secret" not in address
