from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.vision.models import cli
from app.vision.models.find import OWN
from tests.unit.models.packs import LIVENESS, MOBILEFACENET, SCRFD, YUNET, made

pytestmark = pytest.mark.shared

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the packs of the machine that the tests run on."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FACE_MODEL_ROOT", raising=False)


def test_the_list_shows_what_is_here_and_what_can_be_had(tmp_path: Path) -> None:
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)
    made(tmp_path, "mine", SCRFD, MOBILEFACENET)
    made(tmp_path, "liveness", LIVENESS)

    told = RUNNER.invoke(cli.app, ["list"], env={"FACE_MODEL_ROOT": str(tmp_path)}).output

    rows = {line.split("│")[1].strip(): line for line in told.splitlines() if line.startswith("│")}
    assert "non-commercial" in rows["buffalo_l"]
    assert "341 MB" in rows["buffalo_l"]
    assert "yes" in rows["yunet_mobilefacenet"]
    assert "unknown" in rows["mine"]
    assert "liveness" not in rows


def test_whole_packs_are_verified(tmp_path: Path) -> None:
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)
    made(tmp_path, "mine", SCRFD, MOBILEFACENET)
    made(tmp_path, "liveness", LIVENESS)

    result = RUNNER.invoke(cli.app, ["verify", "--root", str(tmp_path)])

    assert result.exit_code == 0
    whole = [line for line in result.output.splitlines() if line.endswith(" ok")]
    assert [line.split()[0] for line in whole if "lite" not in line] == ["yunet_mobilefacenet"] * 2
    assert "no published hash" in result.output


def test_a_damaged_pack_fails_by_file(tmp_path: Path) -> None:
    folder = made(tmp_path, "yunet_mobilefacenet", YUNET)
    (folder / MOBILEFACENET.name).write_bytes(b"damaged")

    result = RUNNER.invoke(cli.app, ["verify", "yunet_mobilefacenet", "--root", str(tmp_path)])

    assert result.exit_code == 1
    lines = {line.split()[1]: line for line in result.output.splitlines() if line.endswith(("ok", "damaged"))}
    assert lines[YUNET.name].endswith("ok")
    assert lines[MOBILEFACENET.name].endswith("damaged")


@pytest.mark.parametrize("arguments", [["verify", "buffalo_l"], ["pull", "nope"], ["pull", "scrfd_mobilefacenet"]])
def test_what_cannot_be_done_fails_with_a_reason(tmp_path: Path, arguments: list[str]) -> None:
    result = RUNNER.invoke(cli.app, [*arguments, "--root", str(tmp_path)])

    assert result.exit_code == 1
    assert arguments[1] in result.output


def test_a_pack_that_is_here_is_pulled_without_the_network(tmp_path: Path) -> None:
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)

    result = RUNNER.invoke(cli.app, ["pull", "yunet_mobilefacenet", "--root", str(tmp_path)])

    assert result.exit_code == 0
    assert "Licence: YuNet: MIT" in result.output


def test_a_pack_that_comes_with_the_service_need_not_be_pulled() -> None:
    result = RUNNER.invoke(cli.app, ["pull", "lite"])

    assert result.exit_code == 0
    assert str(OWN / "models" / "lite") in result.output
