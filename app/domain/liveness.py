"""Whether a face is there itself, or only a picture of it: what is asked for, and what is found."""

from dataclasses import dataclass
from enum import StrEnum


class LivenessMode(StrEnum):
    """What is done about liveness, from the least to the strictest."""

    OFF = "off"
    REPORT = "report"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class Liveness:
    """What a model makes of a face. score: 0–1, 1 for a live face; live: whether it reaches the threshold in force."""

    live: bool
    score: float
    model: str


def strictest(*modes: LivenessMode) -> LivenessMode:
    """The mode that holds where several are asked for.

    >>> strictest(LivenessMode.REPORT, LivenessMode.OFF)
    <LivenessMode.REPORT: 'report'>
    """
    return max(modes, key=list(LivenessMode).index)
