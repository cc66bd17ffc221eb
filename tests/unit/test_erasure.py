"""What an analysis found, less somebody, or of somebody alone."""

from typing import Any

import pytest

from app.domain.erasure import about, named, names_anybody, without


def found(*faces: str) -> dict[str, Any]:
    """Faces by whom they are like, most first, as «ana bob»."""
    of_faces = [[{"member_id": name} for name in face.split()] for face in faces]
    matches = [match for of_face in of_faces for match in of_face]
    return {"faces_detected": len(faces), "matches": matches, "faces": [{"matches": of_face} for of_face in of_faces]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("ana",), ()),
        (("ana", "bob"), ("bob",)),
        (("ana bob", "bob"), ("bob",)),  # the face was hers, whoever else it may have been
        (("bob ana",), ("bob",)),  # and this one his
        (("ana", ""), ("",)),
        (("bob", "cem"), ("bob", "cem")),
    ],
)
def test_somebody_s_faces_and_matches_are_left_out(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    rest = without(found(*before), {"ana"})

    assert [" ".join(match["member_id"] for match in face["matches"]) for face in rest["faces"]] == list(after)
    assert "ana" not in named(rest)
    assert rest["faces_detected"] == len(before)


def test_nobody_is_named_where_no_face_is_like_anybody_s() -> None:
    assert [names_anybody(found(*faces)) for faces in ((), ("",), ("", "ana"))] == [False, False, True]


def test_of_a_picture_of_several_one_is_shown_only_what_is_about_them() -> None:
    part = about(found("ana bob", "bob", "cem ana", ""), "ana")

    assert [[match["member_id"] for match in face["matches"]] for face in part["faces"]] == [["ana"], ["ana"]]
    assert named(part) == {"ana"}
