"""The guides do what they say: every block marked `<!-- run -->` is run, in its order, against a real service."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.api import pictures
from bench.galleries import database
from bench.service import ROOT, Service
from bench.storage import photos_in_s3, settings_for

FACE = (Path(pictures.__file__).parent / "example_face.jpg").read_bytes()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"<!-- run -->\n```sh\n(.*?)```", re.DOTALL)
MARKED = {page.stem: blocks for page in PAGES if (blocks := BLOCK.findall(page.read_text()))}
PHOTOS = ("ana.jpg", "party.jpg", "door.jpg", "passport.jpg", "selfie.jpg")
PRELUDE = """
set -euo pipefail
curl() { command curl --fail-with-body --silent --show-error --noproxy '*' "$@"; }
python() { "$PYTHON" "$@"; }
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose database is one of its own, as the guides have it, and whose R2 is a real S3 with photos."""
    folder = tmp_path_factory.mktemp("guides")
    photos = {f"{prefix}/{name}": FACE for prefix in ("members", "galleries/123") for name in PHOTOS}
    with photos_in_s3(folder / "s3", photos) as storage, database(folder) as (url, _):
        r2 = {name.replace("S3_", "R2_", 1): value for name, value in settings_for(storage).items()}
        own = {"DATABASE_URL": url, "FACE_MODEL_ROOT": "", "FACE_MODEL_PACK": "lite", "WORKER_IN_PROCESS": "true"}
        service = Service(folder, {**r2, **own}).start()
        yield service
        service.stop()


def run(script: str, folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    known = {**environment, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=known, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", sorted(MARKED))
def test_the_blocks_of_a_page_run(page: str, service: Service, tmp_path: Path) -> None:
    for name in PHOTOS:
        (tmp_path / name).write_bytes(FACE)
    blocks = "\n".join(MARKED[page]).replace("http://127.0.0.1:8000", service.url)
    blocks = re.sub(r"^\.venv/bin/python", "python", blocks, flags=re.MULTILINE)

    ended = run(PRELUDE + blocks, tmp_path, service.environment)

    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-2000:]}"


def test_a_block_that_fails_is_noticed(service: Service, tmp_path: Path) -> None:
    ended = run(f"{PRELUDE}\ncurl {service.url}/nowhere\ntrue", tmp_path, service.environment)

    assert ended.returncode != 0
    assert "route_not_found" in ended.stdout


def test_the_guides_that_can_be_run_are() -> None:
    guides = {"backup", "coolify", "flutterflow", "monitoring", "moving", "r2", "supabase", "upgrade", "README"}

    assert set(MARKED) >= guides


def test_flutterflow_finds_five_calls_by_their_names_and_every_path_in_their_answers(service: Service) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `POST (\S+)` \| \w+ \| (.+) \|$", page("flutterflow"), re.MULTILINE)
    assert [name for name, *_ in rows] == ["IdentifyFace", "VerifyFace", "EnrollFace", "CompareFaces", "RebuildIndex"]
    with service.client() as http:
        document = http.get("/openapi.json").json()
    for name, path, paths in rows:
        operation = document["paths"][path]["post"]
        [answer] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        [content] = answer["content"].values()
        assert operation["operationId"] == name
        for asked in re.findall(r"`\$\.([\w.]+)`", paths):
            assert has(document["components"]["schemas"], content["schema"], asked.split(".")), f"{name}: {asked}"


def has(schemas: dict[str, Any], schema: dict[str, Any], path: list[str]) -> bool:
    at = schema
    for name in path:
        at = schemas[at["$ref"].rpartition("/")[2]] if "$ref" in at else at
        if name not in at["properties"]:
            return False
        at = at["properties"][name]
    return True


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text()


def test_metrics_and_alerts_that_the_guides_name_exist() -> None:
    rules = (ROOT / "observability" / "prometheus" / "rules" / "alerts.yml").read_text()
    telemetry = (ROOT / "app" / "telemetry.py").read_text()

    assert all(f"alert: {name}" in rules for name in re.findall(r"`(Face[A-Z]\w+)`", page("monitoring")))
    metrics = {name.removesuffix("_total") for name in re.findall(r"`(face_\w+)", page("monitoring"))}
    assert len(metrics) > 10
    assert [name for name in metrics if f'"{name}"' not in telemetry] == []


def test_settings_that_the_guides_name_exist() -> None:
    example = (ROOT / ".env.example").read_text()
    of_others = {"SERVICE_URL_FACE_8000", "SERVICE_PASSWORD_64_ADMIN", "ALERT_WEBHOOK_URL", "ALERT_SNS_TOPIC_ARN"}
    opentelemetry = {"OTEL_TRACES_SAMPLER", "OTEL_EXPORTER_OTLP_HEADERS"}
    for name in MARKED.keys() - {"README"} | {"scaling"}:
        named = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])(?:=[^`]*)?`", page(name)))
        assert [one for one in named - of_others - opentelemetry if f"#{one}=" not in example] == [], name
