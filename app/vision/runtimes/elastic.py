"""A model opened twice: for one picture that has all cores to itself, and for many of which each has one."""

from dataclasses import dataclass
from threading import Lock

from app.vision.session import Session, Tensor


class Load:
    """How many pieces of work are under way: those that are worked on, and those that wait."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def add(self) -> None:
        """One more."""
        with self._lock:
            self._count += 1

    def drop(self) -> None:
        """One less."""
        with self._lock:
            self._count -= 1

    @property
    def alone(self) -> bool:
        """Whether whoever asks has the machine to itself."""
        return self._count <= 1


@dataclass(frozen=True, slots=True, eq=False)
class Elastic:
    """See app.vision.session.Session. narrow: runs on one core; wide: runs on all."""

    narrow: Session
    wide: Session
    load: Load

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.narrow.outputs

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        return self.narrow.input_shape

    @property
    def batches(self) -> bool:
        return self.narrow.batches

    def run(self, blob: Tensor) -> list[Tensor]:
        return (self.wide if self.load.alone else self.narrow).run(blob)
