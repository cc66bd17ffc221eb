"""The service as its users have it: a process of its own, real models, a real database, real photographs, HTTP."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from bench.photos import People, people, usual_place
from bench.service import Service
from tests.conftest import Lfw


@pytest.fixture(scope="session")
def everybody(lfw: Lfw) -> People:
    """People of LFW with two photographs or more."""
    return people(usual_place())


@pytest.fixture(scope="session", autouse=True)
def recognised(backend: None) -> None:
    """Every service that is started here is under the backend that was chosen."""


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), {"FETCH_ALLOW_NETWORKS": "127.0.0.0/8"}).start()
    yield service
    service.stop()


@pytest.fixture
def http(service: Service) -> Iterator[httpx2.Client]:
    with service.client() as client:
        yield client


@pytest.fixture
def collection(http: httpx2.Client) -> Iterator[str]:
    """A collection of the test's own."""
    name = f"test-{uuid4()}"
    yield name
    http.delete(f"/collections/{name}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
