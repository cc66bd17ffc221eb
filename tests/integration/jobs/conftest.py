"""The whole service in this process: real models, a real database, a real S3, and a worker."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.config import Settings
from app.main import create_app
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, serving_s3

PATIENCE_SECONDS = 90


class Bucket:
    """s3://people, as a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        file = self._folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


class Client:
    """Calls the service, and waits for its jobs."""

    def __init__(self, http: TestClient) -> None:
        self.http = http

    def begin(self, path: str, **fields: object) -> str:
        answer = self.http.post(path, json=fields)
        assert answer.status_code == 202, answer.text
        begun = answer.json()
        assert begun["status_url"] == f"/jobs/{begun['job_id']}"
        return str(begun["job_id"])

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended."""
        end = monotonic() + PATIENCE_SECONDS
        job: dict[str, Any] = {}
        while monotonic() < end:
            job = self.http.get(f"/jobs/{job_id}").json()
            if job["status"] in ("done", "failed", "cancelled"):
                return job
            sleep(0.05)
        pytest.fail(f"the job did not end: {job}")

    def dead(self, job_id: str) -> dict[str, str]:
        """Codes of dead letters by their keys."""
        items = self.http.get(f"/jobs/{job_id}/items", params={"state": "error"}).json()["items"]
        return {item["key"]: item["error"]["code"] for item in items}

    def identify(self, photo: bytes, collection: str) -> dict[str, Any]:
        answer = self.http.post("/identify", params={"collection": collection}, content=photo)
        return {**answer.json(), "status_code": answer.status_code}


Serve = Callable[[str], AbstractContextManager[Client]]


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("s3")
    (folder / "people").mkdir()
    with serving_s3(folder, remember="100ms") as address:
        yield folder / "people", address


@pytest.fixture
def bucket(storage: tuple[Path, str]) -> Bucket:
    return Bucket(storage[0])


@pytest.fixture
def serve(
    model_root: Path,
    database_url: str,
    storage: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Serve:
    """Serve with a model pack; one after the other, the same database stays."""
    settings = {
        "FACE_MODEL_ROOT": str(model_root),
        "FACE_PROVIDER": "cpu",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "S3_ENDPOINT_URL": storage[1],
        "S3_ACCESS_KEY_ID": ACCESS_KEY,
        "S3_SECRET_ACCESS_KEY": SECRET_KEY,
        "WORKER_IN_PROCESS": "true",
        "WORKER_ATTEMPTS": "2",
        "WORKER_RETRY_SECONDS": "0.1",
    }

    @contextmanager
    def serving(pack: str) -> Iterator[Client]:
        for name, value in (settings | {"FACE_MODEL_PACK": pack}).items():
            monkeypatch.setenv(name, value)
        with TestClient(create_app(Settings())) as http:
            yield Client(http)

    return serving
