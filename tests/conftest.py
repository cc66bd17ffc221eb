"""Where the real models and the real photographs are. But for the pack `lite` none is part of the repository.

Tests that need the others carry the marker `shared`, those that ask for one of FROM_SHARED by themselves.
"""

import gc
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ("tests.integration.postgres", "tests.integration.engines", "tests.integration.amazon")

FROM_SHARED = frozenset({"model_root", "images", "lfw"})
"""Fixtures that reach for what is not in the repository."""
OWN_ENGINE = "aws_service"
"""The fixture of AWS's protocol, which our own engine alone speaks."""

SHARED = Path(__file__).parents[2] / "shared"
MODEL_ROOT = Path(os.environ.get("FACE_MODEL_ROOT") or SHARED).resolve()
IMAGES = Path(os.environ.get("FACE_TEST_IMAGES") or SHARED / "images").resolve()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backend",
        choices=["insightface", "aws_rekognition"],
        default="insightface",
        help="who recognises faces for the service under acceptance test; AWS's place is taken by a second instance",
    )


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their markers
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if FROM_SHARED & set(getattr(item, "fixturenames", ())):
            item.add_marker("shared")
        if OWN_ENGINE in getattr(item, "fixturenames", ()):
            item.add_marker("own_engine")
    if config.getoption("--backend") != "insightface":
        others = [item for item in items if item.get_closest_marker("own_engine")]
        items[:] = [item for item in items if item not in others]
        config.hook.pytest_deselected(items=others)


def pytest_collection_finish() -> None:
    """What the tests are made of stays: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


class Lfw:
    """Labeled Faces in the Wild: photos by person and number, straight from the archive."""

    def __init__(self, archive: Path) -> None:
        self._zip = zipfile.ZipFile(archive)
        self._names = {Path(name).stem: name for name in self._zip.namelist() if name.endswith(".jpg")}

    def photo(self, person: str, number: int = 1) -> bytes:
        """The bytes of a photo, e.g. of «Serena_Williams», 3."""
        return self._zip.read(self._names[f"{person}_{number:04d}"])

    def people(self, photos: int = 1) -> list[str]:
        """Names of those who have at least so many photos, in alphabetical order."""
        return sorted(stem[:-5] for stem in self._names if stem.endswith(f"_{photos:04d}"))

    def close(self) -> None:
        self._zip.close()


def _there(path: Path, setting: str) -> Path:
    if not path.exists():
        pytest.fail(f"{path} is missing: these tests need it; say by {setting} where it is.")
    return path


@pytest.fixture(scope="session")
def model_root() -> Path:
    """The folder that holds models/<pack>/*.onnx."""
    return _there(MODEL_ROOT / "models", "FACE_MODEL_ROOT").parent


@pytest.fixture(scope="session")
def images() -> Path:
    """The folder that holds groups/, hard/ and lfw/."""
    return _there(IMAGES, "FACE_TEST_IMAGES")


@pytest.fixture(scope="session")
def lfw(images: Path) -> Iterator[Lfw]:
    archive = Lfw(_there(images / "lfw" / "lfw-deepfunneled.zip", "FACE_TEST_IMAGES"))
    yield archive
    archive.close()
