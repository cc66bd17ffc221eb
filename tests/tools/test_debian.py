"""Programs of Debian's are taken where they are installed, and unpacked where they are not."""

import subprocess
from pathlib import Path

import pytest

from tools import debian


def test_an_installed_program_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "promtool"
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert debian.find("promtool") == installed
    assert debian.libraries("promtool") == ""


def test_where_there_is_no_apt_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "BUILD", tmp_path / "build")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(debian.NotThere, match="no apt-get"):
        debian.folder("promtool")

    assert list((tmp_path / "build" / "prometheus").iterdir()) == [], "nothing half done is left"


def test_an_unpacked_program_runs_with_its_libraries() -> None:
    environment = {"LD_LIBRARY_PATH": debian.libraries("pgbouncer")}

    said = subprocess.run([debian.find("pgbouncer"), "--version"], env=environment, capture_output=True, check=True)

    assert b"PgBouncer" in said.stdout
