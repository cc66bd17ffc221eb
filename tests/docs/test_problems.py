import pytest

from tools import reference
from tools.remedies import REMEDIES


def test_the_table_of_problems_is_the_one_the_errors_make() -> None:
    page = reference.PROBLEMS.read_text()

    assert page == reference.problems(page), "run `make docs`"


def test_every_problem_says_what_to_do_about_it() -> None:
    codes = {kind.slug for kind in reference.errors()}

    assert set(REMEDIES) == codes, "mend tools/remedies.py, then run `make docs`"


def test_a_page_without_the_marks_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="marks are missing"):
        reference.problems("# Problems\n")
