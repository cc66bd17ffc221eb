"""Metrics of several processes, and traces that cost nothing where nobody wants them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import telemetry, tracing


def test_what_a_dead_process_had_in_flight_is_forgotten_and_what_it_counted_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for pid in (dead.pid, os.getpid()):
        for kind in ("gauge_livesum", "gauge_mostrecent", "counter"):
            (tmp_path / f"{kind}_{pid}.db").touch()

    telemetry.begin("1.2.3")

    assert {file.name for file in tmp_path.iterdir()} == {
        *(f"{kind}_{dead.pid}.db" for kind in ("gauge_mostrecent", "counter")),
        *(f"{kind}_{os.getpid()}.db" for kind in ("gauge_livesum", "gauge_mostrecent", "counter")),
    }


def test_the_sdk_of_traces_is_not_read_where_none_are_made() -> None:
    program = (
        "import sys; from app.main import create_app; create_app();"
        "sys.exit(any(name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter')) for name in sys.modules))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}

    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0


def test_without_a_trace_nothing_is_carried_and_errors_pass() -> None:
    with tracing.span("a"), tracing.continued({}, "b"):
        assert tracing.carried() == {}

    with pytest.raises(KeyError), tracing.span("a"), tracing.continued({}, "b"):
        raise KeyError
