"""Faults are planted, one at a time, and the doctor names each."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.commands.doctor.finding import Finding, State
from app.commands.doctor.run import examine
from app.store.checkup import Patient
from app.store.embedded import EmbeddedPostgres
from app.vision.models.find import OWN
from bench.storage import photos_in_s3, settings_for

LITE = OWN / "models" / "lite"
Environment = dict[str, str]


@pytest.fixture(autouse=True)
def healthy(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> None:
    """A service with nothing wrong: a folder, a database, the pack that comes along, a key."""
    own = {"DATA_DIR": str(tmp_path / "data"), "FACE_MODEL_ROOT": "", "FACE_MODEL_PACK": "lite"}
    for name, value in {**own, "DATABASE_URL": database_url, "ADMIN_TOKEN": "a-key-of-some-length"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def wrong() -> list[Finding]:
    return [found for found in examine() if found.state is State.BAD]


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set search_path to face, face_queue, public")
        for statement in statements:
            conn.execute(statement.encode())


def setting(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setenv("WORKER_ATTEMPTS", "many")
    return "settings"


def key(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("ADMIN_TOKEN", "")
    return "key"


def data_folder(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    (folder / "data").write_text("a file in its place")
    return "folder"


def full_disk(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - 10**8, 10**8))
    return "disk"


def no_pack(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setenv("FACE_MODEL_PACK", "buffalo_l")
    return "model"


def damaged_pack(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    copied = Path(shutil.copytree(LITE, folder / "models" / "lite", ignore=shutil.ignore_patterns("train")))
    weights = copied / "rec_lite.onnx"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    return "model"


def licence(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    shutil.copytree(LITE, folder / "models" / "mine", ignore=shutil.ignore_patterns("train"))
    monkeypatch.setenv("FACE_MODEL_PACK", "mine")
    monkeypatch.setenv("FACE_LICENSE_MODE", "commercial")
    return "model"


def no_gpu(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setenv("FACE_PROVIDER", "cuda")
    return "engine"


def no_database(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:a-secret@127.0.0.1:1/face")
    return "database"


def no_pgvector(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    run(url, "drop extension vector cascade")
    return "pgvector"


def pending(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    run(url, "delete from schema_migration where name like '0005%'")
    return "migrations"


def changed(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    run(url, "update schema_migration set digest = 'other' where name like '0005%'")
    return "migrations"


def broken_index(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    run(url, "update pg_index set indisvalid = false where indexrelid = 'face_added'::regclass")
    return "indexes"


def slow_clock(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    monkeypatch.setattr(Patient, "now", lambda _: datetime.now(UTC) + timedelta(minutes=10))
    return "clock"


def nobody_works(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    run(url, "insert into procrastinate_jobs (queue_name, task_name) values ('default', 'analyse')")
    return "queue"


def deaf_webhook(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> str:
    run(
        url,
        "insert into webhook values ('default', 'crm', 'https://example.com/x?token=abc', '{ping}', null, '')",
        "insert into event values ('default', gen_random_uuid(), 'ping', null, '{}')",
        "insert into delivery (tenant_id, event_id, channel, webhook_id, state, error)"
        " select 'default', event_id, 'webhook', 'crm', 'failed', 'The receiver answered 503.' from event",
    )
    return "webhooks"


FAULTS = [
    *(setting, key, data_folder, full_disk, no_pack, damaged_pack, licence, no_gpu, no_database),
    *(no_pgvector, pending, changed, broken_index, slow_clock, nobody_works, deaf_webhook),
]


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_named_and_nothing_else(
    plant: Callable[[pytest.MonkeyPatch, str, Path], str],
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    tmp_path: Path,
) -> None:
    part = plant(monkeypatch, database_url, tmp_path)

    [found] = wrong()

    assert found.part == part
    assert found.mend
    assert not any(secret in found.says for secret in ("a-secret", "token=abc", "many"))


def test_where_all_is_well_nothing_is_wrong_and_every_part_was_looked_at() -> None:
    ended = CliRunner().invoke(app, ["doctor"])

    assert ended.exit_code == 0, ended.output
    parts = {found.part for found in examine()}
    assert parts >= {"settings", "key", "disk", "model", "engine", "pgvector", "clock", "migrations", "indexes"}
    assert parts >= {"collections", "queue", "dead letters", "webhooks", "sources"}


def test_a_fault_ends_the_command_with_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_ATTEMPTS", "many")

    ended = CliRunner().invoke(app, ["doctor"])

    assert ended.exit_code == 1
    assert "WORKER_ATTEMPTS" in ended.output


def test_a_bucket_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with photos_in_s3(tmp_path / "s3", {"a.jpg": b"no picture"}) as storage:
        for name, value in {**settings_for(storage), "UPLOADS_FOLDER": "s3://no-such-bucket/"}.items():
            monkeypatch.setenv(name, value)

        [found] = wrong()

    assert (found.part, "no-such-bucket" in found.says) == ("sources", True)
    assert "bucket" in found.mend


def test_the_embedded_database_of_a_service_that_runs_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    with EmbeddedPostgres(tmp_path / "data" / "postgres"):
        found = {one.part: one for one in examine()}

    assert found["database"].state is State.OK
    assert "pending" in found["migrations"].says
