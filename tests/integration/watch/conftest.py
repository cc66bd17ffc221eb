"""The whole service in this process, with a folder that is open to callers and a receiver of its events."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.store.embedded import EmbeddedPostgres
from tests.integration.postgres import TEMPLATE, fresh_database
from tests.integration.vision.ages import written
from tests.unit.models.packs import MOBILEFACENET, SCRFD, made

PATIENCE_SECONDS = 30


class Hook:
    """What a webhook was told."""

    def __init__(self, url: str, told: list[dict[str, Any]]) -> None:
        self.url = url
        self._told = told

    def of(self, collection: str, count: int) -> list[dict[str, Any]]:
        """The hits in a collection, once there are so many."""
        end = monotonic() + PATIENCE_SECONDS
        while len(found := [e["data"] for e in self._told if e["data"].get("collection") == collection]) < count:
            assert monotonic() < end, self._told
            sleep(0.05)
        return found


@contextmanager
def _hearing() -> Iterator[Hook]:
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Hook(f"http://127.0.0.1:{server.server_port}/", told)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with _hearing() as hook:
        yield hook


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that PROCESS_IMAGES_ROOT names."""
    return tmp_path_factory.mktemp("opened").resolve()


@pytest.fixture(scope="module", autouse=True)
def recognised(backend: None) -> None:
    """The service is under the backend that was chosen."""


@pytest.fixture(scope="module")
def http(
    model_root: Path, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory, opened: Path, hook: Hook
) -> Iterator[TestClient]:
    """Served with a pack that knows ages too."""
    root = tmp_path_factory.mktemp("watch")
    written(made(root, "aging", SCRFD, MOBILEFACENET) / "genderage.onnx")
    with fresh_database(postgres, TEMPLATE) as name, pytest.MonkeyPatch.context() as patch:
        settings = {
            "FACE_MODEL_ROOT": str(root),
            "FACE_MODEL_PACK": "aging",
            "FACE_PROVIDER": "cpu",
            "FACE_THREADS": "1",
            "DATABASE_URL": postgres.database_url(name),
            "DATA_DIR": str(root / "data"),
            "ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "PROCESS_IMAGES_ROOT": str(opened),
            "PROCESS_IMAGES_MOST": "6",
            "WORKER_IN_PROCESS": "true",
            "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
        }
        for setting, value in settings.items():
            patch.setenv(setting, value)
        with TestClient(create_app(Settings())) as http:
            http.put("/webhooks/watch", json={"url": hook.url, "events": ["blacklist.hit"]}).raise_for_status()
            yield http


@pytest.fixture
def listed() -> str:
    """A blacklist of the test's own."""
    return f"list-{uuid4()}"
