"""A second instance of this service in the place of AWS Rekognition: real HTTP, real signatures, real models."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from app.domain.scale import Scale
from app.recognisers.rekognition.amazon import Options as AmazonOptions
from app.recognisers.rekognition.open import Options, open_rekognition
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.store.open import Store, open_store
from app.vision.decode import Limits
from app.vision.models.curves import curve
from bench.service import Service
from tests.fakes.aws import REGION, Amazon, amazon

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

BUCKET = "photos"
OURS = {"FACE_PROCESSING_BACKEND": "insightface", "FACE_SHADOW_BACKEND": "", "AWS_REKOGNITION_COLLECTION_PREFIX": ""}
"""The second instance recognises by itself, whatever the first does."""
LIMITS = Limits(15_000_000, 50_000_000)


@dataclass(frozen=True)
class Second:
    """Where the second instance is, and a key to it. recogniser_sha256: of its model, which is ours too.

    s3: whose buckets it reads.
    """

    url: str
    key_id: str
    secret: str
    recogniser_sha256: str
    s3: Amazon

    @property
    def environment(self) -> dict[str, str]:
        """What a service needs to take it for AWS."""
        keys = {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": REGION}
        return keys | {"AWS_ENDPOINT_URL_REKOGNITION": self.url, "AWS_REKOGNITION_COLLECTION_PREFIX": prefix()}

    @property
    def client(self) -> "RekognitionClient":
        """Boto's own, to look into it."""
        return boto3.client(
            "rekognition",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
        )


def prefix() -> str:
    """Of a test's own: they share the account."""
    return f"t{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory, model_root: object) -> Iterator[Second]:
    with amazon() as s3:
        s3.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield from _serving(tmp_path_factory.mktemp("second"), s3)


def _serving(folder: Path, s3: Amazon) -> Iterator[Second]:
    buckets = {"S3_ENDPOINT_URL": s3.url, "S3_ACCESS_KEY_ID": "testing", "S3_SECRET_ACCESS_KEY": "testing"}
    service = Service(folder, OURS | buckets).start()
    with service.client() as http:
        made = http.post("/access-keys", json={"name": "tests"}).json()
        sha256 = http.get("/ops/status").json()["model"]["sha256"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", made["access_key_id"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", made["secret_access_key"])
        yield Second(f"{service.url}/rekognition", made["access_key_id"], made["secret_access_key"], sha256, s3)
    service.stop()


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Iterator[None]:
    """Who recognises faces for every service that is started from here on, by the option --backend."""
    with pytest.MonkeyPatch.context() as patch:
        if (chosen := request.config.getoption("--backend")) == "aws_rekognition":
            second: Second = request.getfixturevalue("second")
            for name, value in {**second.environment, "FACE_PROCESSING_BACKEND": chosen}.items():
                patch.setenv(name, value)
        yield


@asynccontextmanager
async def rekognition(
    database_url: str, second: Second, bucket: str = "", **changes: Any
) -> AsyncIterator[tuple[RekognitionRecogniser, Store]]:
    """A recogniser over the second instance, and its store. changes: of AmazonOptions."""
    amazon = replace(AmazonOptions(REGION, second.url, second.s3.url, attempts=3, seconds=30), **changes)
    options = Options(amazon, prefix(), bucket, LIMITS, sweep_seconds=0.1)
    scale = Scale(curve(second.recogniser_sha256))
    async with (
        open_store(database_url, pool_size=4, timeout=5) as store,
        open_rekognition(options, store.faces, store.remote, scale) as recogniser,
    ):
        yield recogniser, store
