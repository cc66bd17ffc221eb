import numpy as np
import pytest

from app.domain.errors import LowQuality, MultipleFaces, NoFace
from app.domain.faces import AlignedFace, Box, DetectedFace, Flaw, Pose, Quality, cosine, unit
from app.domain.matching import Decision, FaceSelection, Policy, choose, face_at, require_quality, subject


def face(side: float, quality: float = 0.9, left: float = 0.3) -> AlignedFace:
    found = DetectedFace(Box(left, 0.3, side, side), np.zeros((5, 2), np.float32), 0.9)
    return AlignedFace(found, np.zeros((112, 112, 3), np.uint8), Quality(quality, (Flaw.DARK,)), Pose(0, 0, 0))


@pytest.mark.parametrize(
    ("similarity", "decision"),
    [
        (1.0, Decision.MATCH),
        (0.35, Decision.MATCH),
        (0.349, Decision.REVIEW),
        (0.301, Decision.REVIEW),
        (0.299, Decision.NO_MATCH),
        (-1.0, Decision.NO_MATCH),
    ],
)
def test_the_review_band_lies_below_the_threshold(similarity: float, decision: Decision) -> None:
    assert Policy(0.35, 0.05).decide(similarity) is decision


def test_a_callers_threshold_takes_the_band_along() -> None:
    policy = Policy(0.35, 0.05).at(0.6)

    assert (policy.threshold, policy.decide(0.57)) == (0.6, Decision.REVIEW)
    assert Policy(0.35, 0.05).at(None) == Policy(0.35, 0.05)
    assert Policy(0.35, 0.05).at(0.0).threshold == 0.0


def test_one_face_is_chosen_without_asking() -> None:
    only = face(0.1)

    assert choose([only], FaceSelection.SINGLE) is only


def test_of_several_faces_the_largest_is_chosen_on_demand_only() -> None:
    small, large = face(0.1), face(0.2)

    assert choose([small, large], FaceSelection.LARGEST) is large
    with pytest.raises(MultipleFaces) as refused:
        choose([small, large], FaceSelection.SINGLE)
    assert refused.value.extra["faces"] == (small, large)


def test_the_face_at_a_point_is_chosen_whatever_its_size() -> None:
    small, large = face(0.1, left=0.7), face(0.3, left=0.1)

    assert choose([large, small], FaceSelection.SINGLE, (0.75, small.found.box.top + 0.05)) is small
    with pytest.raises(NoFace, match="place"):
        choose([large, small], FaceSelection.LARGEST, (0.95, 0.95))


def test_where_faces_overlap_the_one_whose_middle_is_nearer_is_meant() -> None:
    child, parent = face(0.1, left=0.2), face(0.4, left=0.1)

    assert face_at([parent, child], (0.25, child.found.box.top + 0.05)) is child


def test_of_two_nearly_as_large_the_one_at_the_edge_is_not_meant() -> None:
    bystander, person, child = face(0.3, left=-0.02), face(0.26), face(0.1)

    assert subject([bystander, person, child]) is person
    assert subject([face(0.3, left=0.68), person]) is person
    assert subject([bystander, child]) is bystander, "much larger: the picture is of nobody else"
    assert subject([face(0.3, left=0.05), person]).found.box.width == 0.3, "not at the edge: the largest"


@pytest.mark.parametrize("selection", list(FaceSelection))
def test_nothing_can_be_chosen_of_no_faces(selection: FaceSelection) -> None:
    with pytest.raises(NoFace):
        choose([], selection)


def test_a_poor_face_is_refused_with_its_reasons() -> None:
    with pytest.raises(LowQuality, match="dark") as refused:
        require_quality(face(0.1, quality=0.29), 0.3)

    assert refused.value.extra["quality"] == Quality(0.29, (Flaw.DARK,))

    good = face(0.1, quality=0.3)
    assert require_quality(good, 0.3) is good


@pytest.mark.parametrize("vector", [[0, 0], [np.nan, 1], [np.inf, 1]])
def test_a_vector_without_direction_is_no_embedding(vector: list[float]) -> None:
    with pytest.raises(ValueError, match="direction"):
        unit(np.array(vector, np.float32))


def test_similarity_is_the_cosine_whatever_the_length() -> None:
    a, b = unit(np.array([2.0, 0.0])), unit(np.array([3.0, 3.0]))

    assert cosine(a, a) == 1.0
    assert cosine(a, b) == pytest.approx(np.sqrt(0.5))
    assert cosine(a, unit(np.array([-5.0, 0.0]))) == -1.0


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-1, 1), (np.nan, 1)])
def test_a_box_has_an_area(width: float, height: float) -> None:
    with pytest.raises(ValueError, match="area"):
        Box(0, 0, width, height)
