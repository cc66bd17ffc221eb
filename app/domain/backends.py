"""What the operator is told of those who recognise faces outside of this process, and of how well two of them agree."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.collections import FaceBackend


@dataclass(frozen=True, slots=True)
class RekognitionState:
    """calls: made of AWS by this process, by operation. trouble: the code of what the last one met, "" for nothing."""

    calls: Mapping[str, int]
    trouble: str


@dataclass(frozen=True, slots=True)
class ShadowState:
    """backend: who is asked too. answers: by question and outcome (agree, differ, failed, dropped)."""

    backend: FaceBackend
    answers: Mapping[str, Mapping[str, int]]
