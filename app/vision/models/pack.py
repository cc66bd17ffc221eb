"""A model pack that was found on this machine: what the engine loads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pack:
    """The files of one pack. extras: other models of the pack by role, e.g. «genderage»; none need be there.

    normalisation: by role the mean and the divisor that a manifest gives, as in (pixel − mean) / divisor. A role that
    is not in it is told by the model's own graph, as InsightFace does. notice: as in the catalogue.
    """

    name: str
    folder: Path
    detector: Path
    recogniser: Path
    recogniser_sha256: str
    licence: str
    commercial: bool
    extras: Mapping[str, Path] = field(default_factory=dict)
    normalisation: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notice: str = ""
