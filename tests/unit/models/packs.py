"""Folders of model packs for tests: real models by links, and entries of a catalogue for files made up here."""

import hashlib
from dataclasses import replace
from pathlib import Path

from app.vision.models.catalogue import CATALOGUE, Entry, File
from tests.conftest import MODEL_ROOT

MODELS = MODEL_ROOT / "models"
SCRFD = MODELS / "scrfd_mobilefacenet" / "det_500m.onnx"
YUNET = MODELS / "yunet_mobilefacenet" / "face_detection_yunet_2023mar.onnx"
MOBILEFACENET = MODELS / "scrfd_mobilefacenet" / "mobilefacenet.onnx"
LIVENESS = MODELS / "minifasnet" / "MiniFASNetV2.onnx"


def made(root: Path, name: str, *files: Path) -> Path:
    """Make root/models/name with links to real models."""
    folder = root / "models" / name
    folder.mkdir(parents=True)
    for file in files:
        (folder / file.name).symlink_to(file)
    return folder


def file(name: str, content: bytes, url: str = "", role: str = "detector") -> File:
    return File(name, role, hashlib.sha256(content).hexdigest(), len(content), url)


def entry_of(name: str, *files: File, archive: str = "") -> Entry:
    return replace(CATALOGUE[0], name=name, files=files, archive=archive)
