"""A threshold, or a rate that becomes one; and what either means."""

import pytest

from app.domain.calibration import Basis, Curve, rate_for
from app.domain.collections import CollectionRef
from app.domain.errors import CollectionNotFound, NotCalibrated
from app.domain.images import Upload
from app.domain.matching import Decision, FaceSelection, Policy
from app.domain.members import MemberDraft
from app.services.alive import Alive
from app.services.calibration import Calibration
from app.services.enroll import Enroll
from app.services.identify import Identify
from app.services.judge import Judge
from app.services.look import Look
from tests.fakes.recogniser import MODEL, FakeRecogniser
from tests.fakes.services import CURVE
from tests.fakes.sightings import FakeSightings
from tests.fakes.source import FakeSource
from tests.fakes.store import FakeCollectionStore, FakeCurveStore, World

HERE = CollectionRef("default", "default")
STRICTER = Curve(((0.1, 0.3), (0.001, 0.5)), 0.001, 50, 1225, "twins")


class Clock:
    """Goes on by `tick` seconds whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0
        self.tick = 0.0

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


class Court:
    """A judge, and what he asks."""

    def __init__(self, shipped: Curve | None = CURVE) -> None:
        self.recogniser, self.clock, world = FakeRecogniser(), Clock(), World()
        self.curves, self.collections = FakeCurveStore(world), FakeCollectionStore(world)
        self.judge = Judge(Policy(0.35, 0.05), self.recogniser, self.curves, shipped, self.clock)
        self.calibration = Calibration(self.judge, self.recogniser, self.curves, self.collections)

    def fill(self, faces: int) -> None:
        self.recogniser.kept[HERE] = {str(n): (f"member {n}", f"face {n}") for n in range(faces)}

    async def keep(self, person: str) -> None:
        enroll = Enroll(Look(FakeSource(), self.recogniser, Alive(self.collections)), self.recogniser, 0.3)
        picture = Upload(person.encode())
        await enroll(HERE, MemberDraft(person), picture, FaceSelection.SINGLE, replace=False)

    def identify(self) -> Identify:
        return Identify(
            Look(FakeSource(), self.recogniser, Alive(self.collections)),
            self.recogniser,
            self.judge,
            5,
            FakeSightings(),
        )


@pytest.fixture
def court() -> Court:
    return Court()


async def test_where_nothing_is_asked_the_default_holds_and_its_odds_are_told(court: Court) -> None:
    court.fill(100)

    cut = await court.judge.among(HERE, threshold=None, target=None)

    assert cut.policy.threshold == 0.35
    assert cut.odds.expected == pytest.approx(1 - (1 - 10**-3.5) ** 100)
    assert (cut.odds.comparisons, cut.odds.basis) == (100, Basis.MEASURED)


@pytest.mark.parametrize("faces", [1, 100, 10_000])
async def test_a_target_becomes_the_threshold_that_keeps_it(court: Court, faces: int) -> None:
    court.fill(faces)

    cut = await court.judge.among(HERE, threshold=None, target=0.01)

    assert cut.odds.expected == pytest.approx(0.01)
    assert cut.policy.threshold == pytest.approx(CURVE.threshold(rate_for(0.01, faces)))
    assert cut.policy.review_margin == 0.05


async def test_the_threshold_rises_with_the_gallery(court: Court) -> None:
    thresholds = []
    for faces in (0, 1, 10, 1000):
        court.fill(faces)
        thresholds.append((await court.judge.among(HERE, threshold=None, target=0.01)).policy.threshold)

    assert thresholds[0] == thresholds[1]
    assert thresholds[1] < thresholds[2] < thresholds[3]


async def test_one_comparison_does_not_grow_with_the_gallery(court: Court) -> None:
    court.fill(1000)

    one = await court.judge.one(HERE, threshold=None, target=1e-3)
    pair = court.judge.pair(threshold=None, target=1e-6)

    assert [one.policy.threshold, one.odds.expected] == pytest.approx([0.3, 1e-3])
    assert pair.policy.threshold == pytest.approx(0.6)
    assert pair.odds.basis is Basis.EXTRAPOLATED


async def test_without_a_curve_a_threshold_works_and_a_target_is_refused() -> None:
    court = Court(shipped=None)
    court.fill(3)

    cut = await court.judge.among(HERE, threshold=0.4, target=None)

    assert (cut.policy.threshold, cut.odds.expected, cut.odds.basis) == (0.4, 1.0, Basis.NONE)
    with pytest.raises(NotCalibrated):
        await court.judge.among(HERE, threshold=None, target=0.01)
    with pytest.raises(NotCalibrated):
        court.judge.pair(threshold=None, target=0.01)


async def test_a_curve_of_its_own_goes_before_the_packs_until_it_is_deleted(court: Court) -> None:
    before = await court.judge.one(HERE, threshold=None, target=0.001)
    kept = await court.calibration.put(HERE, STRICTER)
    own = await court.judge.one(HERE, threshold=None, target=0.001)
    await court.calibration.delete(HERE)
    after = await court.judge.one(HERE, threshold=None, target=0.001)

    assert (kept.curve, kept.own) == (STRICTER, True)
    assert own.policy.threshold == pytest.approx(0.5)
    assert before == after != own


async def test_a_collection_that_is_not_there_has_no_curve(court: Court) -> None:
    nowhere = CollectionRef("default", "nowhere")

    for call in (court.calibration.get, court.calibration.delete):
        with pytest.raises(CollectionNotFound):
            await call(nowhere)
    with pytest.raises(CollectionNotFound):
        await court.calibration.put(nowhere, STRICTER)
    assert await court.curves.get(nowhere, MODEL) is None


async def test_what_was_asked_is_believed_for_a_hundred_times_as_long_as_asking_took(court: Court) -> None:
    court.clock.tick = 1.0
    first = await court.judge.standing(HERE)
    court.fill(7)
    court.clock.tick = 0.0

    at_once = await court.judge.standing(HERE)
    court.clock.now += 99
    soon = await court.judge.standing(HERE)
    court.clock.now += 2
    late = await court.judge.standing(HERE)

    assert (first.faces, at_once.faces, soon.faces, late.faces) == (0, 0, 0, 7)


async def test_the_margin_is_to_the_next_member_though_one_alone_was_asked_for(court: Court) -> None:
    for person in ("ann", "anna", "bob"):
        await court.keep(person)

    found = await court.identify()(HERE, Upload(b"ann"), top_k=1, threshold=None, all_faces=False)

    assert [match.candidate.member_id for match in found.matches] == ["ann"]
    assert found.margin == pytest.approx(0.9 - 0.32)
    assert found.faces[0].margin == found.margin


async def test_of_several_faces_the_margin_is_that_of_the_surest(court: Court) -> None:
    for person in ("ann", "anna", "bob"):
        await court.keep(person)

    found = await court.identify()(HERE, Upload(b"nobody bob ann"), top_k=1, threshold=None, all_faces=True)

    assert found.matches[0].decision is Decision.MATCH
    assert found.margin == max(face.margin for face in found.faces)


async def test_nobody_has_no_margin(court: Court) -> None:
    found = await court.identify()(HERE, Upload(b"ann"), top_k=1, threshold=None, all_faces=False)

    assert (found.margin, found.matches) == (0.0, [])
