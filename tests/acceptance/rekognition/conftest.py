import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx2
import pytest

from bench.service import Service
from tests.acceptance.rekognition.signing import Caller
from tests.acceptance.rekognition.world import BUCKET, World
from tests.conftest import Lfw
from tests.fakes.s3 import ACCESS_KEY, SECRET_KEY, serving_s3

REGION = "eu-central-1"


@pytest.fixture(scope="session")
def aws_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a bucket, which is a folder beside it."""
    folder = tmp_path_factory.mktemp("rekognition")
    (folder / "s3" / BUCKET).mkdir(parents=True)
    with serving_s3(folder / "s3", "0s") as s3:
        keys = {"S3_ACCESS_KEY_ID": ACCESS_KEY, "S3_SECRET_ACCESS_KEY": SECRET_KEY}
        service = Service(folder, {"S3_ENDPOINT_URL": s3, "ADMIN_TOKEN": "a-token-of-the-test", **keys}).start()
        yield service
        service.stop()


@pytest.fixture(scope="session")
def http(aws_service: Service) -> Iterator[httpx2.Client]:
    with aws_service.client("a-token-of-the-test") as http:
        yield http


@pytest.fixture(scope="session")
def environment(aws_service: Service, http: httpx2.Client) -> dict[str, str]:
    """All that a client of AWS's is told."""
    key = http.post("/access-keys", json={"name": "tests"}).json()
    return {
        "AWS_ENDPOINT_URL_REKOGNITION": f"{aws_service.url}/rekognition",
        "AWS_ACCESS_KEY_ID": key["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,  # for the SDK for JavaScript
    }


@pytest.fixture(scope="session")
def world(
    aws_service: Service, http: httpx2.Client, environment: dict[str, str], lfw: Lfw, images: Path
) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        client = boto3.client("rekognition")
    bucket = aws_service.log.parent / "s3" / BUCKET
    yield World(client, http, lfw, images, bucket)
    client.close()


@pytest.fixture
def caller(aws_service: Service, environment: dict[str, str]) -> Iterator[Caller]:
    with httpx2.Client(timeout=60, trust_env=False) as http:
        yield Caller(aws_service.url, environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], http)
