"""Each contract is held against all that promise it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.recognisers.local import LocalRecogniser
from app.store.open import open_store
from app.vision.engine import Engine
from tests.conftest import Lfw
from tests.contract.recognisers import World, fake_world, real_world
from tests.contract.stores import Stores, fake_stores, postgres_stores


@pytest.fixture(params=["fake", "postgres", "pgbouncer"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "fake":
        yield fake_stores()
        return
    url = request.getfixturevalue({"postgres": "database_url", "pgbouncer": "pooled_url"}[request.param])
    async with postgres_stores(url) as stores:
        yield stores


@pytest.fixture(params=["fake", "local"])
async def world(
    request: pytest.FixtureRequest, engine: Engine, database_url: str, lfw: Lfw, images: Path
) -> AsyncIterator[World]:
    if request.param == "fake":
        yield fake_world()
        return
    async with open_store(database_url, pool_size=2, timeout=5) as store:
        yield real_world(LocalRecogniser(engine, store.faces), lfw, images)
