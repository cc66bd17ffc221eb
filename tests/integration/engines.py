"""Engines with the real packs, and what the tests ask of them."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.models.pack import Pack

PACKS = {
    "scrfd_mobilefacenet": ("det_500m", "mobilefacenet"),
    "buffalo_sc_int8": ("det_500m", "w600k_mbf_int8"),
    "yunet_mobilefacenet": ("face_detection_yunet_2023mar", "mobilefacenet"),
}


@pytest.fixture(scope="session")
def pack(model_root: Path) -> Callable[[str], Pack]:
    """A pack by its name."""

    def make(name: str) -> Pack:
        folder = model_root / "models" / name
        detector, recogniser = (folder / f"{part}.onnx" for part in PACKS[name])
        digest = sha256(recogniser.read_bytes()).hexdigest()
        return Pack(name, folder, detector, recogniser, digest, licence="see the models' own", commercial=False)

    return make


@pytest.fixture(scope="session")
def engine(pack: Callable[[str], Pack]) -> Iterator[Engine]:
    opened = open_engine(pack("scrfd_mobilefacenet"), EngineOptions("cpu", threads=2))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def exact(pack: Callable[[str], Pack]) -> Iterator[Engine]:
    """An engine that does as insightface does, at its size."""
    opened = open_engine(pack("scrfd_mobilefacenet"), EngineOptions("cpu", threads=2, as_insightface=True))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def yunet(pack: Callable[[str], Pack]) -> Iterator[Engine]:
    opened = open_engine(pack("yunet_mobilefacenet"), EngineOptions("cpu"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def quantised(pack: Callable[[str], Pack]) -> Iterator[Engine]:
    opened = open_engine(pack("buffalo_sc_int8"), EngineOptions("cpu"))
    yield opened
    opened.close()
