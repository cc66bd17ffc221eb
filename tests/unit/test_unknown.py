"""How sure a group must be, which of its faces are enrolled, and what it is called."""

import numpy as np
import pytest

from app.domain.calibration import Curve
from app.domain.groups import Crowd
from app.domain.members import Origin
from app.domain.unknown import FOUNDERS, GroupingState, Known, Members, Strangers, cut_for, founders, grouped
from tests.contract.stores import face

CURVE = Curve(((1e-2, 0.2), (1e-4, 0.4), (1e-6, 0.5), (1e-8, 0.6)), 1e-6, 300, 44_850, "drawn")


def known(vector: str) -> Known:
    return Known(face(vector), Origin(vector, "s3://photos/a.jpg"))


def test_more_faces_ask_for_more_similarity() -> None:
    few, some, many = (cut_for(CURVE, faces, 0.3) for faces in (100, 10_000, 1_000_000))

    assert few == pytest.approx(0.4, abs=0.02)
    assert few < some < many


def test_a_photo_more_does_not_move_the_cut() -> None:
    assert cut_for(CURVE, 3000, 0.3) == cut_for(CURVE, 3100, 0.3)


def test_the_cut_is_never_below_the_gallerys_threshold() -> None:
    assert cut_for(CURVE, 100, 0.7) == 0.7
    assert cut_for(None, 1000, 0.35) == 0.35
    assert cut_for(CURVE, 0, 0.35) == 0.35


def test_a_group_is_called_the_same_while_its_faces_are() -> None:
    ab, ba, abc = (Members(tuple(ids), (0.9,) * len(ids)).group_id for ids in ("ab", "ba", "abc"))

    assert ab == ba
    assert ab != abc


def test_the_best_faces_of_a_group_come_first() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0.9, 0.4359], [-1, 0]], dtype=np.float32)
    qualities = np.array([0.5, 0.9, 0.9, 0.9], dtype=np.float32)
    crowd = Crowd(vectors, np.arange(4), np.ones(4, dtype=bool))

    (group,) = grouped(Strangers(("a", "b", "c", "d"), crowd, qualities, "1"), 0.5)

    assert group.face_ids == ("c", "b", "a")
    assert group.similarities[0] > group.similarities[1] > group.similarities[2] > 0.9


def test_nobody_makes_no_group() -> None:
    nobody = Crowd(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros(0, bool))

    assert grouped(Strangers((), nobody, np.zeros(0, np.float32), "0"), 0.5) == ()


def test_faces_of_one_shot_are_enrolled_once() -> None:
    chosen = founders([known(vector) for vector in ("1 0 0 0", "1 0.1 0 0", "1 1 0 0", "1 0 1 0")])

    assert [one.origin.digest for one in chosen] == ["1 0 0 0", "1 1 0 0", "1 0 1 0"]


def test_no_more_than_so_many_faces_are_enrolled() -> None:
    chosen = founders([known(" ".join("5" if n == m else "1" for m in range(9))) for n in range(9)])

    assert len(chosen) == FOUNDERS


@pytest.mark.parametrize(
    ("known", "age", "good"), [("new", 1e6, True), ("old", 1.9, True), ("old", 2.1, False), ("", 0.0, False)]
)
def test_groups_are_made_anew_once_faces_changed_and_the_last_time_has_paid_off(
    known: str,
    age: float,
    good: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert GroupingState("new", known, age, took=0.2, faces=10).good is good
