import pytest

from app.domain.errors import FaceReconError, SourceDenied, SourceNotFound, SourceUnavailable
from app.sources.pulse import Pulse


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def read(pulse: Pulse, source: str, error: type[FaceReconError] | None = None) -> None:
    if error is None:
        with pulse.reading(source):
            return
    with pytest.raises(error), pulse.reading(source):
        raise error


def test_a_source_fails_from_its_first_failure_once_there_are_three_in_a_row() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    for _ in range(2):
        read(pulse, "r2", SourceUnavailable)
        clock.now += 10
    assert pulse.failing() == {}

    read(pulse, "r2", SourceDenied)

    assert pulse.failing() == {"r2": 20}
    assert pulse.answered() == {}


@pytest.mark.parametrize("answer", [None, SourceNotFound])
def test_any_answer_of_a_source_ends_its_failure(answer: type[FaceReconError] | None) -> None:
    clock = Clock()
    pulse = Pulse(clock)
    for _ in range(3):
        read(pulse, "s3", SourceUnavailable)

    read(pulse, "s3", answer)
    clock.now += 7

    assert pulse.failing() == {}
    assert pulse.answered() == {"s3": 7}


def test_hosts_that_callers_name_alarm_nobody() -> None:
    pulse = Pulse()
    for _ in range(9):
        read(pulse, "url", SourceUnavailable)

    assert pulse.failing() == {}
