from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from fastapi.testclient import TestClient

from app.config import Server, Settings
from app.main import create_app
from tests.fakes.services import FakeDatabase, fake_services

Serve = Callable[..., TestClient]


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
def serve(database: FakeDatabase) -> Iterator[Serve]:
    """Make a client of a service over fakes, with settings of the server's."""
    with ExitStack() as stack:

        def start(**server: object) -> TestClient:
            settings = Settings(server=Server.model_validate(server))
            app = create_app(settings, partial(fake_services, database=database))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start


@pytest.fixture
def client(serve: Serve) -> TestClient:
    return serve()
