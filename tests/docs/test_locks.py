"""What is installed is what was chosen, and one OpenCV only: two of them overwrite each other's cv2."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def _wanted(requirements: str) -> set[str]:
    lines = (ROOT / requirements).read_text().splitlines()
    return {_name(found[0]) for line in lines if (found := re.match(r"[A-Za-z][\w.-]*", line))}


def _pins(lock: str) -> dict[str, str]:
    """Versions by name, without what overrides.txt keeps out by a condition that is never true."""
    found = re.findall(r"^([\w.-]+)==(\S+)(.*)", (ROOT / lock).read_text(), re.MULTILINE)
    return {_name(name): version for name, version, condition in found if "'never'" not in condition}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_everything_asked_for_is_locked(name: str) -> None:
    assert _wanted(f"{name}.txt") - set(_pins(f"{name}.lock")) == set(), "run `make lock`"


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\w)", (ROOT / lock).read_text())

    assert [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


def test_the_development_lock_holds_all_of_the_other_at_the_same_versions() -> None:
    assert _pins("requirements.lock").items() <= _pins("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_headless_opencv_is_the_only_one_locked(lock: str) -> None:
    assert {name for name in _pins(lock) if name.startswith("opencv")} == {"opencv-python-headless"}


def test_the_headless_opencv_is_the_only_one_installed() -> None:
    names = {_name(distribution.metadata["Name"]) for distribution in distributions()}

    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}


def test_the_image_for_gpus_has_the_same_packages_but_for_the_runtime() -> None:
    cpu, gpu = _pins("requirements.lock"), _pins("requirements-gpu.lock")

    assert {name for name in gpu.keys() - cpu.keys() if not name.startswith("nvidia-")} == {"onnxruntime-gpu"}
    assert cpu.keys() - gpu.keys() == {"onnxruntime"}
    assert {name for name in cpu.keys() & gpu.keys() if cpu[name] != gpu[name]} == set()
