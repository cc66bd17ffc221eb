"""calibrate and evaluate, on sixty people of LFW with the real models, from photos to what is kept and written."""

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from app.api.fields import CalibrationPut
from app.cli import app
from app.domain.collections import DEFAULT_TENANT, CollectionRef, Model
from app.store.open import open_store
from app.vision.models.curves import curve, read
from tests.conftest import Lfw

RUNNER = CliRunner()
MOBILEFACENET = "a6483966cc1a209d978493822b406eb4bed465976586b9007edca4a9f2ce1011"


@pytest.fixture(scope="module")
def sixty(lfw: Lfw, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of sixty people in two groups, and one file that is no photo."""
    folder = tmp_path_factory.mktemp("sixty")
    for number, person in enumerate(lfw.people(photos=2)[:60]):
        place = folder / ("even" if number % 2 == 0 else "odd") / person
        place.mkdir(parents=True)
        for photo in (1, 2):
            (place / f"{photo}.jpg").write_bytes(lfw.photo(person, photo))
    (folder / "odd" / person / "3.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture
def environment(model_root: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACE_MODEL_ROOT", str(model_root))
    monkeypatch.setenv("FACE_MODEL_PACK", "scrfd_mobilefacenet")
    monkeypatch.setenv("DATABASE_URL", database_url)


@pytest.mark.usefixtures("environment")
def test_a_curve_is_measured_written_and_kept_for_the_collection(
    sixty: Path, database_url: str, tmp_path: Path
) -> None:
    as_json, as_toml = tmp_path / "curve.json", tmp_path / "curve.toml"
    options = ["--collection", "default", "--json", str(as_json), "--toml", str(as_toml)]

    told = RUNNER.invoke(app, ["calibrate", str(sixty), *options])

    assert told.exit_code == 0, told.output
    assert "120 photos of 60 people" in told.output
    assert "1 × image_unreadable" in told.output
    measured = read(as_toml.read_text())[MOBILEFACENET]
    assert CalibrationPut.model_validate_json(as_json.read_text()).curve().points == measured.points
    kept = asyncio.run(_kept(database_url))
    assert kept is not None
    assert kept == pytest.approx(measured.threshold(1e-2), abs=1e-3)
    shipped = curve(MOBILEFACENET)
    assert shipped
    assert measured.threshold(1e-2) == pytest.approx(shipped.threshold(1e-2), abs=0.03)


async def _kept(database_url: str) -> float | None:
    async with open_store(database_url, pool_size=1, timeout=5) as store:
        model = Model("", MOBILEFACENET, 128, "", commercial=False)
        found = await store.curves.get(CollectionRef(DEFAULT_TENANT, "default"), model)
    return found.threshold(1e-2) if found else None


@pytest.mark.usefixtures("environment")
def test_a_report_tells_how_well_people_are_told_apart(sixty: Path, tmp_path: Path) -> None:
    leave_out = tmp_path / "leave_out.txt"
    first, second = sorted(place.name for place in (sixty / "even").iterdir())[:2]
    leave_out.write_text(f"{first}  # a person\n{second}/1.jpg\n")

    told = RUNNER.invoke(app, ["evaluate", str(sixty), "--leave-out", str(leave_out), "--out", str(tmp_path / "out")])

    assert told.exit_code == 0, told.output
    figures = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (figures["people"], figures["photos"], figures["skipped"]) == (59, 117, {"image_unreadable": 1})
    assert figures["equal_error_rate"] < 0.05
    assert [row["fmr"] for row in figures["verification"]] == [0.1, 0.01]
    assert all(row["tmr"]["low"] <= row["tmr"]["value"] > 0.9 for row in figures["verification"])
    assert figures["identification"]["rank1"]["value"] > 0.9
    assert (figures["identification"]["gallery"], figures["identification"]["strangers"]) == (58, 1)
    assert {group["group"]: group["people"] for group in figures["groups"]} == {"even": 29, "odd": 30}
    assert {row["task"] for row in figures["recommended"]} == {"verify", "identify"}
    plots = sorted((tmp_path / "out").glob("*.svg"))
    assert [plot.stem for plot in plots] == ["roc", "search", "similarities"]
    assert all(ET.fromstring(plot.read_text()).findall(".//{*}polyline") for plot in plots)
    assert "<h1>scrfd_mobilefacenet</h1>" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.usefixtures("environment")
def test_a_folder_without_photographs_is_said_to_be_one(tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "nowhere"):
        told = RUNNER.invoke(app, ["calibrate", str(wrong)])

        assert told.exit_code == 1
        assert str(wrong) in told.output
