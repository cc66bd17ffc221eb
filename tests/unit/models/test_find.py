import json
from pathlib import Path

import pytest

from app.vision.models.find import OWN, choose, folders, present, roots
from app.vision.models.trouble import LicenceRefused, ModelTrouble, PackDamaged, PackMissing, PackUnreadable
from app.vision.models.verify import digest
from tests.unit.models.packs import LIVENESS, MOBILEFACENET, SCRFD, YUNET, made

pytestmark = pytest.mark.shared


def manifest(folder: Path, **tasks: object) -> None:
    told = {"manifest_version": 2, "model_id": "x", "license": "MODEL.LICENSE", "tasks": tasks}
    (folder / "manifest.json").write_text(json.dumps(told), "utf-8")


def test_places_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")

    assert roots(tmp_path) == (tmp_path, Path(), Path("/home/ann/.insightface"), OWN)
    assert roots(None) == (Path(), Path("/home/ann/.insightface"), OWN)


def test_the_first_place_wins(tmp_path: Path) -> None:
    one, two = (made(tmp_path / n, "pack", SCRFD, MOBILEFACENET) for n in "12")

    assert folders([tmp_path / "2", tmp_path / "1"]) == {"pack": two}
    assert folders([tmp_path / "none", tmp_path / "1", tmp_path / "2"]) == {"pack": one}


def test_a_pack_of_the_catalogue_is_found_by_name(tmp_path: Path) -> None:
    folder = made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)

    pack = choose([tmp_path], "yunet_mobilefacenet")

    assert (pack.name, pack.folder, pack.commercial) == ("yunet_mobilefacenet", folder, True)
    assert (pack.detector, pack.recogniser) == (folder / YUNET.name, folder / MOBILEFACENET.name)
    assert pack.recogniser_sha256 == digest(MOBILEFACENET)


def test_without_a_name_the_catalogue_comes_first_and_then_the_alphabet(tmp_path: Path) -> None:
    for name in ("aaa", "zzz"):
        made(tmp_path, name, SCRFD, MOBILEFACENET)
    assert choose([tmp_path]).name == "aaa"

    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)
    assert choose([tmp_path]).name == "yunet_mobilefacenet"

    made(tmp_path, "scrfd_mobilefacenet", SCRFD, MOBILEFACENET)
    assert choose([tmp_path]).name == "scrfd_mobilefacenet"
    assert [p.name for p in present([tmp_path])] == ["scrfd_mobilefacenet", "yunet_mobilefacenet", "aaa", "zzz"]


def test_the_pack_that_comes_with_the_service_is_taken_last_of_all(tmp_path: Path) -> None:
    made(tmp_path, "zzz", SCRFD, MOBILEFACENET)

    assert choose([OWN, tmp_path]).name == "zzz"
    assert choose([OWN]).name == "lite"


def test_any_folder_is_told_by_the_shapes_of_its_models(tmp_path: Path) -> None:
    made(tmp_path, "mine", LIVENESS, MOBILEFACENET, YUNET)

    pack = choose([tmp_path], "mine")

    assert (pack.detector.name, pack.recogniser.name) == (YUNET.name, MOBILEFACENET.name)
    assert (pack.licence, pack.commercial, pack.extras) == ("unknown", False, {})


def test_a_folder_that_is_no_pack_is_passed_over(tmp_path: Path) -> None:
    made(tmp_path, "liveness", LIVENESS)
    made(tmp_path, "none")
    (made(tmp_path, "broken") / "a.onnx").write_bytes(b"not a model")
    made(tmp_path, "mine", SCRFD, MOBILEFACENET)

    assert choose([tmp_path]).name == "mine"


@pytest.mark.parametrize(("name", "what"), [("liveness", "detector"), ("broken", "ONNX")])
def test_a_folder_that_is_named_and_no_pack_is_refused(tmp_path: Path, name: str, what: str) -> None:
    made(tmp_path, "liveness", LIVENESS)
    (made(tmp_path, "broken") / "a.onnx").write_bytes(b"not a model")

    with pytest.raises(PackUnreadable, match=what):
        choose([tmp_path], name)


@pytest.mark.parametrize("name", ["", "scrfd_mobilefacenet"])
def test_a_damaged_file_is_refused_by_name_and_never_passed_over(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path, "scrfd_mobilefacenet", SCRFD)
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)
    (folder / MOBILEFACENET.name).write_bytes(MOBILEFACENET.read_bytes()[:-1] + b"x")

    with pytest.raises(PackDamaged, match=MOBILEFACENET.name):
        choose([tmp_path], name)


def test_a_file_that_is_put_right_is_read_again(tmp_path: Path) -> None:
    folder = made(tmp_path, "scrfd_mobilefacenet", SCRFD)
    file = folder / MOBILEFACENET.name
    file.write_bytes(b"damaged")
    with pytest.raises(PackDamaged):
        choose([tmp_path])

    file.write_bytes(MOBILEFACENET.read_bytes())

    assert choose([tmp_path]).recogniser == file


def test_a_pack_that_was_begun_is_passed_over_and_named_it_says_what_is_missing(tmp_path: Path) -> None:
    made(tmp_path, "buffalo_sc", SCRFD)
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)

    assert choose([tmp_path]).name == "yunet_mobilefacenet"
    with pytest.raises(PackMissing, match=r"w600k_mbf\.onnx is missing"):
        choose([tmp_path], "buffalo_sc")


def test_a_missing_pack_is_told_on_one_screen(tmp_path: Path) -> None:
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)

    with pytest.raises(PackMissing) as caught:
        choose([tmp_path], "buffalo_l")

    told = str(caught.value)
    assert len(told.splitlines()) <= 24
    for part in (
        *(
            "det_10g.onnx",
            "174.4 MB",
            "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip",
        ),
        *(str(tmp_path / "models" / "buffalo_l"), "python -m app models pull buffalo_l", "yunet_mobilefacenet"),
        "non-commercial",
    ):
        assert part in told


@pytest.mark.parametrize("name", ["", "nope", "../../etc", "scrfd_mobilefacenet"])
def test_every_missing_pack_says_what_can_be_done(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackMissing) as caught:
        choose([tmp_path], name)

    assert "models pull" in str(caught.value) or "copy it" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_commercial_use_passes_over_what_forbids_it(tmp_path: Path) -> None:
    made(tmp_path, "scrfd_mobilefacenet", SCRFD, MOBILEFACENET)
    made(tmp_path, "yunet_mobilefacenet", YUNET, MOBILEFACENET)

    assert choose([tmp_path], licence_mode="commercial").name == "yunet_mobilefacenet"


@pytest.mark.parametrize("name", ["", "scrfd_mobilefacenet", "mine"])
def test_commercial_use_of_a_pack_that_forbids_it_or_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    made(tmp_path, "scrfd_mobilefacenet", SCRFD, MOBILEFACENET)
    made(tmp_path, "mine", SCRFD, MOBILEFACENET)

    with pytest.raises(LicenceRefused, match="opencv"):
        choose([tmp_path], name, "commercial")


def test_a_manifest_says_which_file_does_what(tmp_path: Path) -> None:
    folder = made(tmp_path, "v2")
    (folder / "face").mkdir()
    (folder / "face" / "d.onnx").write_bytes(SCRFD.read_bytes())
    (folder / "r.onnx").write_bytes(MOBILEFACENET.read_bytes())
    manifest(
        folder,
        detection={"file": "face/d.onnx", "sha256": digest(SCRFD)},
        recognition={"file": "r.onnx", "preprocessing": "embedded", "embedding_dimension": 128},
        something_else={"file": "/etc/passwd"},
    )

    pack = choose([tmp_path], "v2")

    assert (pack.detector.name, pack.recogniser.name, pack.recogniser_sha256) == (
        *("d.onnx", "r.onnx"),
        digest(MOBILEFACENET),
    )
    assert pack.normalisation == {"detector": (127.5, 128.0), "recogniser": (0.0, 1.0)}
    assert not pack.commercial


@pytest.mark.parametrize(
    ("recognition", "error"),
    [
        *(({}, PackUnreadable), ("r.onnx", PackUnreadable), ({"file": 1}, PackUnreadable)),
        *(({"file": "../../../r.onnx"}, PackUnreadable), ({"file": "/etc/r.onnx"}, PackUnreadable)),
        *(({"file": "r.bin"}, PackUnreadable), ({"file": "none.onnx"}, PackMissing)),
        ({"file": "r.onnx", "sha256": "0" * 64}, PackDamaged),
        ({"file": "r.onnx", "preprocessing": {"mean": "x"}}, PackUnreadable),
        ({"file": "r.onnx", "preprocessing": {"mean": 1, "std": 0}}, PackUnreadable),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(tmp_path: Path, recognition: object, error: type[ModelTrouble]) -> None:
    folder = made(tmp_path, "v2")
    for name, real in (("d.onnx", SCRFD), ("r.onnx", MOBILEFACENET)):
        (folder / name).write_bytes(real.read_bytes())
    manifest(folder, detection={"file": "d.onnx", "preprocessing": {"mean": 0, "std": 1}}, recognition=recognition)

    with pytest.raises(error):
        choose([tmp_path], "v2")


@pytest.mark.parametrize("text", ["{}", '{"manifest_version": 1}', "[]"])
def test_another_manifest_says_nothing_and_the_shapes_decide(tmp_path: Path, text: str) -> None:
    folder = made(tmp_path, "v1", SCRFD, MOBILEFACENET)
    (folder / "manifest.json").write_text(text, "utf-8")

    assert choose([tmp_path], "v1").detector.name == SCRFD.name


@pytest.mark.parametrize("text", ["{", '{"manifest_version": 2}', '{"manifest_version": 2, "tasks": {}}'])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    folder = made(tmp_path, "v2", SCRFD, MOBILEFACENET)
    (folder / "manifest.json").write_text(text, "utf-8")

    with pytest.raises(PackUnreadable):
        choose([tmp_path], "v2")
