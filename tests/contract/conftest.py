"""Each contract is held against all that promise it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.recognisers.local import LocalRecogniser
from app.store.open import open_store
from tests.contract.recognisers import World, fake_world, real_world
from tests.contract.stores import Stores, fake_stores, indexed_stores, postgres_stores

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


@pytest.fixture(params=["fake", "local"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield fake_world()
        return
    engine, url = request.getfixturevalue("engine"), request.getfixturevalue("database_url")
    async with open_store(url, pool_size=2, timeout=5) as store:
        recogniser = LocalRecogniser(engine, store.faces)
        yield real_world(recogniser, request.getfixturevalue("lfw"), request.getfixturevalue("images"))
