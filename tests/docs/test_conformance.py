from tools import conformance


def test_the_page_on_conformance_is_the_one_the_tests_make() -> None:
    assert conformance.PAGE.read_text() == conformance.page(), "run `make docs`"
