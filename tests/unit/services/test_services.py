"""The use cases over fakes: what they promise whoever recognises."""

import pytest

from app.domain.collections import CollectionRef
from app.domain.errors import LowQuality, MultipleFaces, NoFace, SourceNotFound
from app.domain.images import Upload, Url
from app.domain.matching import Decision, FaceSelection, Policy
from app.domain.members import MemberDraft
from app.services.alive import Alive
from app.services.compare import Compare
from app.services.detect import Detect
from app.services.enroll import Enroll
from app.services.identify import Identify
from app.services.judge import Judge
from app.services.look import Look
from app.services.verify import Verify
from tests.fakes.recogniser import FakeRecogniser
from tests.fakes.services import CURVE
from tests.fakes.sightings import FakeSightings
from tests.fakes.source import FakeSource
from tests.fakes.store import FakeCollectionStore, FakeCurveStore, World

HERE = CollectionRef("default", "default")


@pytest.fixture
def recogniser() -> FakeRecogniser:
    return FakeRecogniser()


@pytest.fixture
def judge(recogniser: FakeRecogniser) -> Judge:
    return Judge(Policy(0.35, 0.05), recogniser, FakeCurveStore(World()), CURVE)


@pytest.fixture
def look(recogniser: FakeRecogniser) -> Look:
    return Look(FakeSource(), recogniser, Alive(FakeCollectionStore(World())))


@pytest.fixture
def enroll(look: Look, recogniser: FakeRecogniser) -> Enroll:
    return Enroll(look, recogniser, min_quality=0.3)


@pytest.fixture
def identify(look: Look, recogniser: FakeRecogniser, judge: Judge) -> Identify:
    return Identify(look, recogniser, judge, 2, FakeSightings())


async def keep(enroll: Enroll, member_id: str, picture: str) -> None:
    await enroll(HERE, MemberDraft(member_id), Upload(picture.encode()), FaceSelection.LARGEST, replace=False)


async def test_enrolling_keeps_the_one_face(enroll: Enroll, recogniser: FakeRecogniser) -> None:
    enrolled = await enroll(HERE, MemberDraft("1"), Url("https://x/ann"), FaceSelection.SINGLE, replace=False)

    assert recogniser.kept[HERE] == {enrolled.face_id: ("1", "ann")}
    assert enrolled.faces_detected == 1


@pytest.mark.parametrize(("picture", "error"), [(b".", NoFace), (b"ann bob", MultipleFaces), (b"ann~", LowQuality)])
async def test_nothing_is_kept_of_a_picture_that_is_refused(
    enroll: Enroll, recogniser: FakeRecogniser, picture: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await enroll(HERE, MemberDraft("1"), Upload(picture), FaceSelection.SINGLE, replace=False)

    assert recogniser.kept[HERE] == {}


async def test_what_the_source_says_passes(enroll: Enroll) -> None:
    with pytest.raises(SourceNotFound):
        await enroll(HERE, MemberDraft("1"), Url("https://x/missing"), FaceSelection.SINGLE, replace=False)


async def test_identify_leaves_out_who_is_not_worth_a_look(enroll: Enroll, identify: Identify) -> None:
    for name in ("ann", "anna", "bob"):
        await keep(enroll, name, name)

    found = await identify(HERE, Upload(b"ann"), top_k=3, threshold=None, all_faces=False)

    judged = [(match.candidate.member_id, match.decision) for match in found.matches]
    assert judged == [("ann", Decision.MATCH), ("anna", Decision.REVIEW)]
    assert found.threshold == 0.35


async def test_identify_judges_by_the_callers_threshold(enroll: Enroll, identify: Identify) -> None:
    await keep(enroll, "ann", "ann")

    found = await identify(HERE, Upload(b"ann"), top_k=3, threshold=0.92, all_faces=False)

    assert [match.decision for match in found.matches] == [Decision.REVIEW]


async def test_identify_searches_the_largest_face_or_so_many_as_are_allowed(enroll: Enroll, identify: Identify) -> None:
    for name in ("ann", "bob", "eve"):
        await keep(enroll, name, name)
    picture = Upload(b"bob ann eve")

    one = await identify(HERE, picture, top_k=1, threshold=None, all_faces=False)
    every = await identify(HERE, picture, top_k=1, threshold=None, all_faces=True)

    assert [m.candidate.member_id for m in one.matches] == ["bob"]
    assert sorted(m.candidate.member_id for m in every.matches) == ["ann", "bob"]
    assert (one.faces_detected, every.faces_detected) == (3, 3)


async def test_a_member_seen_in_two_faces_is_named_once(enroll: Enroll, identify: Identify) -> None:
    await keep(enroll, "ann", "ann")

    found = await identify(HERE, Upload(b"anna ann"), top_k=1, threshold=None, all_faces=True)

    assert [(m.candidate.member_id, m.decision) for m in found.matches] == [("ann", Decision.MATCH)]
    assert [len(face.matches) for face in found.faces] == [1, 1]


async def test_nobody_is_identified_where_there_is_no_face(identify: Identify) -> None:
    with pytest.raises(NoFace):
        await identify(HERE, Upload(b"."), top_k=1, threshold=None, all_faces=True)


async def test_verify_judges_the_members_similarity(
    enroll: Enroll, look: Look, recogniser: FakeRecogniser, judge: Judge
) -> None:
    await keep(enroll, "ann", "ann")
    sightings = FakeSightings()
    verify = Verify(look, recogniser, judge, sightings)

    same = await verify(HERE, "ann", Upload(b"ann"), threshold=None)
    alike = await verify(HERE, "ann", Upload(b"anna"), threshold=None)
    other = await verify(HERE, "ann", Upload(b"bob"), threshold=0.1)

    assert sightings.known == {(HERE, "ann")}
    assert [each.decision for each in (same, alike, other)] == [Decision.MATCH, Decision.REVIEW, Decision.MATCH]


async def test_compare_says_which_picture_has_no_face(look: Look, recogniser: FakeRecogniser, judge: Judge) -> None:
    compare = Compare(look, recogniser, judge)

    same = await compare(Upload(b"ann bob"), Upload(b"ann"), threshold=None)

    assert (same.decision, same.a.faces_detected, same.b.faces_detected) == (Decision.MATCH, 2, 1)
    with pytest.raises(NoFace, match="picture b") as refused:
        await compare(Upload(b"ann"), Upload(b"."), threshold=None)
    assert refused.value.extra == {"image": "b"}


async def test_detect_tells_of_pictures_without_faces_too(look: Look) -> None:
    picture = await Detect(look)(Upload(b"."))

    assert (picture.width, picture.faces) == (100, ())
