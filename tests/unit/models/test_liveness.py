"""Which models of liveness are taken, and what is refused."""

from pathlib import Path

import pytest

from app.vision.models import liveness
from app.vision.models.catalogue import LIVENESS, LivenessEntry
from app.vision.models.liveness import choose
from app.vision.models.trouble import LicenceRefused, PackDamaged, PackMissing
from tests.unit.models.packs import file

OPEN = LivenessEntry(
    name="open",
    files=(file("a.onnx", b"a", role="around_2.7"), file("b.onnx", b"b", role="around_4.0")),
    licence="Apache-2.0",
    commercial=True,
    threshold=0.5,
)
CLOSED = LivenessEntry(
    name="closed", files=(file("liveness.onnx", b"c", role="aligned"),), licence="no", commercial=False, threshold=0.8
)


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "LIVENESS", (OPEN, CLOSED))
    monkeypatch.setattr(liveness, "liveness_entry", {"open": OPEN, "closed": CLOSED}.get)


def put(folder: Path, **contents: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.onnx").write_bytes(content)
    return folder


def test_none_is_here(tmp_path: Path) -> None:
    assert choose([tmp_path], tmp_path / "pack") is None


def test_the_first_of_the_catalogue_that_is_whole_is_taken(tmp_path: Path) -> None:
    put(tmp_path / "models/closed", liveness=b"c")
    put(tmp_path / "models/open", a=b"a")

    first = choose([tmp_path], tmp_path / "pack")
    put(tmp_path / "models/open", b=b"b")
    second = choose([tmp_path], tmp_path / "pack")

    assert first
    assert second
    assert (first.name, second.name) == ("closed", "open")
    assert second.files == {
        "around_2.7": tmp_path / "models/open/a.onnx",
        "around_4.0": tmp_path / "models/open/b.onnx",
    }


@pytest.mark.parametrize("where", ["pack", "root/addons", "root/models/closed"])
def test_the_addon_is_found_with_the_pack_and_where_insightface_puts_it(tmp_path: Path, where: str) -> None:
    put(tmp_path / where, liveness=b"c")

    found = choose([tmp_path / "root"], tmp_path / "pack", "closed")

    assert found
    assert found.files == {"aligned": tmp_path / where / "liveness.onnx"}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "models/open", a=b"a", b=b"x")

    with pytest.raises(PackDamaged, match=r"b\.onnx is damaged"):
        choose([tmp_path], tmp_path / "pack")


def test_what_is_named_must_be_here(tmp_path: Path) -> None:
    put(tmp_path / "models/open", a=b"a", b=b"b")

    with pytest.raises(PackMissing, match="LIVENESS_MODEL=closed"):
        choose([tmp_path], tmp_path / "pack", "closed")
    with pytest.raises(PackMissing):
        choose([tmp_path], tmp_path / "pack", "nobody's")


def test_a_commercial_service_takes_only_what_may_be_used_so(tmp_path: Path) -> None:
    put(tmp_path / "pack", liveness=b"c")

    assert choose([tmp_path], tmp_path / "pack", licence_mode="commercial") is None
    with pytest.raises(LicenceRefused):
        choose([tmp_path], tmp_path / "pack", "closed", "commercial")


def test_the_catalogue_knows_where_two_of_three_are_to_be_had() -> None:
    assert [known.name for known in LIVENESS if known.can_be_pulled] == ["minifasnet_yakhyo", "insightface_liveness"]
    assert all(file.url.startswith("https://") for known in LIVENESS if known.can_be_pulled for file in known.files)
