"""Each contract is held against all that promise it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.domain.storage import Scheme
from app.recognisers.local import LocalRecogniser
from app.store.open import open_store
from tests.contract.recognisers import World, fake_world, real_world
from tests.contract.storages import Shelf, fake_shelf, local_shelf, s3_shelf, supabase_shelf
from tests.contract.stores import Stores, fake_stores, indexed_stores, postgres_stores
from tests.fakes.s3 import serving_s3
from tests.integration.amazon import rekognition

URLS = {"postgres": "database_url", "pgbouncer": "pooled_url", "index": "database_url", "index-pgbouncer": "pooled_url"}


@pytest.fixture(params=["fake", *URLS])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    if request.param == "fake":
        yield fake_stores()
        return
    url = request.getfixturevalue(URLS[request.param])
    indexed = request.param.startswith("index")
    async with indexed_stores(url, tmp_path) if indexed else postgres_stores(url) as stores:
        yield stores


@pytest.fixture(params=["fake", "local", "rekognition"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield fake_world()
        return
    url, photos = request.getfixturevalue("database_url"), [request.getfixturevalue(name) for name in ("lfw", "images")]
    if request.param == "rekognition":
        async with rekognition(url, request.getfixturevalue("second")) as (recogniser, _):
            yield real_world(recogniser, *photos)
        return
    async with open_store(url, pool_size=2, timeout=5) as store:
        yield real_world(LocalRecogniser(request.getfixturevalue("engine"), store.faces), *photos)


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real S3 server with a bucket «photos»."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "photos").mkdir()
    with serving_s3(folder) as url:
        yield url


@pytest.fixture(params=["fake", "local", "s3", "r2", "supabase"])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    match request.param:
        case "fake":
            yield fake_shelf()
        case "local":
            async with local_shelf(tmp_path) as shelf:
                yield shelf
        case "supabase":
            async with supabase_shelf("sb_secret_abcdefghijklmnop") as shelf:
                yield shelf
        case kind:
            async with s3_shelf(request.getfixturevalue("s3_url"), Scheme(kind)) as shelf:
                yield shelf
