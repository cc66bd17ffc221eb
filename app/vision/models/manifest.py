"""InsightFace's package manifest, version 2: a pack that says itself which file does what.

The format is that of insightface 2.x (`insightface.model_zoo.package_manifest`): a `manifest.json` with
`"manifest_version": 2`, `model_id`, `license` and `tasks`, of which `detection` and `recognition` concern us. Other
versions say nothing about roles and are passed over, as insightface does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.vision.models.trouble import PackDamaged, PackMissing, PackUnreadable
from app.vision.models.verify import digest

NAME = "manifest.json"
VERSION = 2
ROLES = {"detection": "detector", "recognition": "recogniser", "verification": "verifier"}
_IN_GRAPH = "embedded"

Normalisation = tuple[float, float]
"""Mean and divisor: a model takes (pixel − mean) / divisor."""
DEFAULTS: Mapping[str, Normalisation] = {
    "detector": (127.5, 128.0),
    "recogniser": (127.5, 127.5),
    "verifier": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """files and normalisation: by role."""

    files: Mapping[str, Path]
    normalisation: Mapping[str, Normalisation]


def read(folder: Path) -> Manifest | None:
    """Read the folder's manifest; None where there is none of version 2.

    Raises PackUnreadable where it is malformed, PackMissing and PackDamaged where a file is not what it says.
    """
    told = _document(folder / NAME)
    if told is None:
        return None
    tasks = told.get("tasks")
    if not isinstance(tasks, dict):
        raise _malformed(folder, "tasks is not an object")
    known = {ROLES[name]: _task(folder, name, task) for name, task in tasks.items() if name in ROLES}
    return Manifest(
        {role: _file(folder, role, task) for role, task in known.items()},
        {role: _normalisation(folder, role, task) for role, task in known.items()},
    )


def _document(path: Path) -> dict[str, object] | None:
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise _malformed(path.parent, "it is not JSON") from error
    if not isinstance(told, dict) or told.get("manifest_version") != VERSION:
        return None
    return told


def _task(folder: Path, name: str, task: object) -> dict[str, object]:
    if not isinstance(task, dict):
        raise _malformed(folder, f"tasks.{name} is not an object")
    return task


def _file(folder: Path, role: str, task: Mapping[str, object]) -> Path:
    name = task.get("file")
    if not isinstance(name, str) or not name.endswith(".onnx"):
        raise _malformed(folder, f"the {role} names no .onnx file")
    path = (folder / name).resolve()
    # A pack is a download: it must not point at other files of this machine.
    if not path.is_relative_to(folder.resolve()):
        raise _malformed(folder, f"the {role}'s file lies outside of the pack")
    if not path.is_file():
        msg = f"{path} is missing, which {folder / NAME} names as the {role}."
        raise PackMissing(msg)
    if "sha256" in task and digest(path) != task["sha256"]:
        msg = f"{path} is damaged: its SHA-256 is not the one in {folder / NAME}."
        raise PackDamaged(msg)
    return path


def _normalisation(folder: Path, role: str, task: Mapping[str, object]) -> Normalisation:
    told = task.get("preprocessing")
    if told is None:
        return DEFAULTS[role]
    if told == _IN_GRAPH:
        return (0.0, 1.0)
    if isinstance(told, dict):
        mean, divisor = told.get("mean"), told.get("std")
        if isinstance(mean, int | float) and isinstance(divisor, int | float) and divisor > 0:
            return float(mean), float(divisor)
    raise _malformed(folder, f"the {role}'s preprocessing is neither «{_IN_GRAPH}» nor a mean and a std")


def _malformed(folder: Path, why: str) -> PackUnreadable:
    return PackUnreadable(f"{folder / NAME} cannot be used: {why}.")
