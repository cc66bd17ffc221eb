import re

import pytest

from app.vision.models.catalogue import CATALOGUE, Entry, entry
from app.vision.models.verify import State, verify
from tests.unit.models.packs import MODELS

every = pytest.mark.parametrize("pack", CATALOGUE, ids=lambda pack: pack.name)


def test_the_order_is_the_one_in_which_packs_are_looked_for() -> None:
    assert [pack.name for pack in CATALOGUE[:5]] == ["buffalo_l", "buffalo_s", "buffalo_sc", "antelopev2", "opencv"]


@every
def test_a_pack_has_one_detector_and_one_recogniser(pack: Entry) -> None:
    roles = [file.role for file in pack.files]

    assert len(roles) == len(set(roles))
    assert {"detector", "recogniser"} <= set(roles)


@every
def test_a_hash_is_whole_or_left_out_with_the_size(pack: Entry) -> None:
    for file in pack.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256) if file.bytes else file.sha256 == ""


@every
def test_what_is_downloaded_is_downloaded_over_tls(pack: Entry) -> None:
    addresses = [pack.archive, *(file.url for file in pack.files)]

    assert all(address.startswith("https://") for address in addresses if address)


@every
def test_a_search_wants_at_least_as_much_as_a_comparison(pack: Entry) -> None:
    assert 0 < pack.verify_threshold <= pack.identify_threshold < 1


def test_no_insightface_file_counts_as_commercial() -> None:
    insightface = {"det_10g.onnx", "det_500m.onnx", "w600k_r50.onnx", "w600k_mbf.onnx", "glintr100.onnx"}

    assert not any(pack.commercial for pack in CATALOGUE if insightface & {file.name for file in pack.files})
    assert [pack.name for pack in CATALOGUE if pack.commercial] == ["opencv", "yunet_mobilefacenet", "lite"]


def test_an_unknown_name_has_no_entry() -> None:
    assert entry("nope") is None


@pytest.mark.shared
@pytest.mark.parametrize("name", ["scrfd_mobilefacenet", "yunet_mobilefacenet", "buffalo_sc_int8"])
def test_the_real_files_have_the_hashes_of_the_catalogue(name: str) -> None:
    known = entry(name)

    assert known
    assert {check.state for check in verify(known, MODELS / name)} == {State.OK}
    assert all((MODELS / name / file.name).stat().st_size == file.bytes for file in known.files)
