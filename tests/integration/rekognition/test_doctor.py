"""What the doctor says of AWS: whether it lets us in, has our collections, and is given what is too large."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from app.commands.doctor.finding import State
from app.commands.doctor.rekognition import rekognition
from app.commands.doctor.run import examine
from app.config import Settings
from tests.integration.amazon import BUCKET, Second

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def healthy(monkeypatch: Patch, second: Second, tmp_path: Path) -> None:
    bucket = {"AWS_S3_BUCKET_NAME": BUCKET, "AWS_ENDPOINT_URL_S3": second.s3.url}
    keys = {"AWS_ACCESS_KEY_ID": second.key_id, "AWS_SECRET_ACCESS_KEY": second.secret}
    for name, value in {**second.environment, **bucket, **keys}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def wrong_secret(patch: Patch) -> None:
    patch.setenv("AWS_SECRET_ACCESS_KEY", "not the secret at all")


def nobody_there(patch: Patch) -> None:
    patch.setenv("AWS_ENDPOINT_URL_REKOGNITION", "http://127.0.0.1:9/")


def no_bucket(patch: Patch) -> None:
    patch.setenv("AWS_S3_BUCKET_NAME", "nowhere")


def no_prefix(patch: Patch) -> None:
    patch.setenv("FACE_PROCESSING_BACKEND", "aws_rekognition")
    patch.setenv("AWS_REKOGNITION_COLLECTION_PREFIX", "")


FAULTS: dict[Callable[[Patch], None], str] = {
    wrong_secret: "policy",
    nobody_there: "reach it",
    no_bucket: "AWS_S3_BUCKET_NAME",
    no_prefix: "AWS_REKOGNITION_COLLECTION_PREFIX",
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
async def test_a_fault_is_named_with_what_mends_it(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    plant(monkeypatch)

    [found] = [one for one in await rekognition(Settings(), []) if one.state is State.BAD]

    assert FAULTS[plant] in found.mend
    assert "not the secret" not in found.says


async def test_a_collection_that_aws_lost_is_named(second: Second) -> None:
    second.client.create_collection(CollectionId="doctor.there")

    found = {one.says: one.state for one in await rekognition(Settings(), ["doctor.there", "doctor.lost"])}

    assert [says for says, state in found.items() if state is State.BAD and says.startswith("doctor.lost")]
    assert found["doctor.there is there."] is State.OK
    assert found[f"{BUCKET} takes pictures."] is State.OK


def test_where_all_is_well_collections_that_aws_keeps_are_no_other_model_s(
    monkeypatch: Patch, database_url: str, second: Second, tmp_path: Path
) -> None:
    second.client.create_collection(CollectionId="doctor.kept")
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "insert into face.model values ('default', default, 'rekognition', 'aws-rekognition', 0, '', true)"
        )
        conn.execute("insert into face.collection values ('default', 'staff', 'members', 1)")
        conn.execute("insert into face.remote_collection values ('default', 'doctor.kept', 'staff', '7')")
    for name, value in {"DATABASE_URL": database_url, "FACE_MODEL_PACK": "lite", "DATA_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    found = {one.says: one for one in examine()}

    assert found["doctor.kept is there."].state is State.OK
    assert found["All are of the loaded model."].state is State.OK
