"""How the service begins and ends: quickly, cleanly, and saying in one screen what is wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench.service import ROOT, Service


def serve(**settings: str) -> tuple[int, str]:
    """The exit status and the words of a service that does not start."""
    command = [sys.executable, "-m", "app", "serve"]
    ended = subprocess.run(
        command, env=os.environ | settings, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_public_address_without_a_key_is_refused() -> None:
    status, words = serve(HOST="0.0.0.0")

    assert status == 1
    assert "ADMIN_TOKEN" in words


def test_a_missing_pack_is_said_in_one_screen(tmp_path: Path) -> None:
    status, words = serve(FACE_MODEL_PACK="no_such_pack", DATA_DIR=str(tmp_path))

    assert status == 1
    assert "no_such_pack" in words
    assert "Traceback" not in words
    assert len(words.splitlines()) < 40


def test_a_pack_that_is_known_but_absent_says_where_to_get_it(tmp_path: Path) -> None:
    status, words = serve(FACE_MODEL_PACK="buffalo_l", DATA_DIR=str(tmp_path))

    assert status == 1
    assert "w600k_r50.onnx" in words
    assert "python -m app models pull buffalo_l" in words


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eighty"), ("ADMIN_TOKEN", "short"), ("FACE_RECOGNITION_THRESHOLD", "2")]
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    status, words = serve(**{name: value})

    assert status == 1
    assert name in words
    assert "Traceback" not in words


def test_a_non_commercial_pack_is_refused_where_only_commercial_ones_may_run(tmp_path: Path, model_root: Path) -> None:
    status, words = serve(
        FACE_MODEL_ROOT=str(model_root),
        FACE_MODEL_PACK="scrfd_mobilefacenet",
        FACE_LICENSE_MODE="commercial",
        DATA_DIR=str(tmp_path),
    )

    assert status == 1
    assert "licence" in words


def test_it_ends_cleanly_and_starts_again_with_what_it_knew(tmp_path: Path) -> None:
    service = Service(tmp_path).start()
    with service.client() as http:
        http.put("/collections/kept").raise_for_status()

    _ends_cleanly(service, signal.SIGINT)

    began = time.monotonic()
    service.start()
    assert time.monotonic() - began < 15, "a second start takes seconds, not minutes"
    with service.client() as http:
        assert http.get("/collections/kept").status_code == 200
    _ends_cleanly(service, signal.SIGTERM)


def _ends_cleanly(service: Service, how: signal.Signals) -> None:
    children = psutil.Process(service.pid).children(recursive=True)
    status = service.stop(how)

    assert status in (0, -how)
    assert children
    assert not [child for child in children if child.is_running()]


def test_a_key_is_wanted_where_one_is_set(tmp_path: Path) -> None:
    key = "a-secret-of-some-length"
    service = Service(tmp_path, {"ADMIN_TOKEN": key}).start()
    try:
        with service.client() as stranger, service.client(key) as friend:
            refused = stranger.get("/members")
            assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
            assert stranger.get("/members", headers={"X-API-Key": "wrong"}).status_code == 401
            assert stranger.get("/members", headers={"Authorization": f"Bearer {key}"}).status_code == 200
            assert friend.get("/members").status_code == 200
            assert stranger.get("/ready").status_code == 200
        assert key not in service.log.read_text()
    finally:
        service.stop()


def metrics(service: Service) -> str:
    with service.client() as http:
        return http.get("/metrics").text


def test_several_processes_share_one_database(tmp_path: Path) -> None:
    service = Service(tmp_path, {"WEB_CONCURRENCY": "2"}).start()
    try:
        with service.client() as http:
            http.put("/collections/shared").raise_for_status()
            http.put("/webhooks/crm", json={"url": "https://crm.example"}).raise_for_status()
            for _ in range(8):
                with service.client() as another:
                    assert another.get("/collections/shared").status_code == 200
            counted = re.findall(r'face_http_requests_total{handler="/collections/{name}".*} (\S+)', metrics(service))
            assert sum(map(float, counted)) == 9, "each process counts its own, and either tells of all"
    finally:
        service.stop()
