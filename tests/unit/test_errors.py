from collections.abc import Iterator

import pytest

from app.domain import errors


def tree(cls: type[errors.FaceReconError], indent: str = "") -> Iterator[str]:
    kids = cls.__subclasses__()
    for n, kid in enumerate(kids):
        last = n == len(kids) - 1
        yield f"{indent}{'└── ' if last else '├── '}{kid.__name__}"
        yield from tree(kid, indent + ("    " if last else "│   "))


def every(cls: type[errors.FaceReconError]) -> Iterator[type[errors.FaceReconError]]:
    yield cls
    for kid in cls.__subclasses__():
        yield from every(kid)


def test_the_docstring_draws_the_hierarchy_as_it_is() -> None:
    assert "\n".join(["FaceReconError", *tree(errors.FaceReconError)]) in (errors.__doc__ or "")


def test_no_two_errors_share_a_slug() -> None:
    slugs = [e.slug for e in every(errors.FaceReconError)]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("error", list(every(errors.FaceReconError)))
def test_every_error_has_a_title_of_one_sentence(error: type[errors.FaceReconError]) -> None:
    assert error.title().endswith(".")
