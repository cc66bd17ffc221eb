"""A short run of bench/contract.py: the service keeps to its own OpenAPI document."""

from pathlib import Path

import pytest

from bench.contract import cases, check, serving


def test_no_call_ends_in_what_the_document_does_not_say(model_root: Path, folder: Path) -> None:
    service = serving(folder)
    try:
        told = check(service, folder, "--phases", "examples,fuzzing,stateful", "--max-examples", "2", "--max-time", "8")
    finally:
        service.stop()

    assert told.returncode == 0, told.stdout
    assert cases(told.stdout) > 50


@pytest.mark.parametrize(("told", "count"), [("Test cases:\n  3186 generated, 3186 passed", 3186), ("nothing", 0)])
def test_cases_are_counted(told: str, count: int) -> None:
    assert cases(told) == count
