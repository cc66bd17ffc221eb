"""A service with a database that can be looked into, and somebody who is everywhere in it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import httpx2
import psycopg
import pytest

from app.store.embedded import EmbeddedPostgres
from bench.photos import People
from bench.service import Service
from bench.storage import photos_in_s3, settings_for
from tests.acceptance.privacy.planted import IDS, MARK, WHO, Planted, in_the_bucket
from tests.integration.postgres import TEMPLATE, fresh_database

SETTINGS = {
    "ADMIN_TOKEN": "a-token-of-the-test",
    "ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "WORKER_IN_PROCESS": "true",
    "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
    "WORKER_ATTEMPTS": "1",
}


@dataclass(frozen=True)
class World:
    service: Service
    url: str
    http: httpx2.Client
    planted: Planted

    @property
    def data(self) -> Path:
        return self.service.log.parent / "data"

    def traces(self) -> list[str]:
        """All that tells of her: what was said, ids of her faces, digests of her pictures, the embeddings."""
        with psycopg.connect(self.url) as conn:
            conn.execute("set search_path to face, public")
            faces = conn.execute(
                "select face_id::text, split_part(digest, '/', 1), left(embedding::text, 60) from face"
                " where member_id = any(%s)",
                [list(IDS.values())],
            ).fetchall()
            found = conn.execute(
                "select face_id::text, left(embedding::text, 60) from face_match join photo_face using (face_id)"
                " where client_id = %s",
                [WHO],
            ).fetchall()
        pictures = {sha256(picture).hexdigest() for picture in self.planted.her}
        return [MARK, *pictures | {text for row in (*faces, *found) for text in row if text}]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, postgres: EmbeddedPostgres, everybody: People) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("privacy")
    with fresh_database(postgres, TEMPLATE) as name, photos_in_s3(folder / "s3", in_the_bucket(everybody)) as storage:
        url = postgres.database_url(name)
        service = Service(folder, {**SETTINGS, **settings_for(storage), "DATABASE_URL": url}).start()
        with ExitStack() as stack:
            stack.callback(service.stop)
            http = stack.enter_context(service.client(SETTINGS["ADMIN_TOKEN"]))
            aws = _aws(service, http)
            stack.callback(aws.close)
            planted = Planted(http, aws, everybody)
            planted.everywhere()
            yield World(service, url, http, planted)


def _aws(service: Service, http: httpx2.Client) -> Any:
    key = http.post("/access-keys", json={"name": "tests"}).json()
    return boto3.client(
        "rekognition",
        endpoint_url=f"{service.url}/rekognition",
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
        region_name="eu-central-1",
    )
