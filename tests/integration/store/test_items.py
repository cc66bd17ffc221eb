"""Items of jobs on a real Postgres: taken up once, settled once, and nothing of them lost."""

from collections.abc import AsyncIterator

import pytest

from app.domain.collections import CollectionRef
from app.domain.errors import Conflict, InvalidRequest, JobNotFound, ModelMismatch
from app.domain.items import ClaimedItem, Enrolment, Entry, ItemState
from app.domain.jobs import Failure, Job, JobKind, JobState, Order, Progress
from app.domain.members import MemberDraft, Origin
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, OTHER_MODEL, face

STAFF = CollectionRef("default", "staff")
BROKEN = Failure("image_unreadable", "The bytes are not a picture that can be read.")


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5) as store:
        yield store


async def begun(store: Store, kind: JobKind = JobKind.INDEX) -> str:
    job = await store.jobs.open("default", Order(kind, "staff", {}))
    await store.jobs.start("default", job.job_id)
    return job.job_id


async def enlisted(store: Store, *keys: str) -> tuple[str, list[ClaimedItem]]:
    """A job whose items are all in hand."""
    job_id = await begun(store)
    await store.items.enlist("default", job_id, [Entry(key, "1", key.split("/", maxsplit=1)[0]) for key in keys])
    await store.items.listed("default", job_id, len(keys), 0)
    page = await store.items.page("default", job_id, "", 100, state=None)
    return job_id, await store.items.claim("default", job_id, [item.item_id for item in page.items])


def given(member_id: str, vector: str, *, replace: bool = False) -> Enrolment:
    return Enrolment(MemberDraft(member_id), face(vector), Origin(vector, "s3://b/k"), MODEL, replace)


async def faces_of(store: Store, member_id: str) -> int:
    return (await store.members.get(STAFF, member_id)).faces


async def test_an_object_is_enlisted_once_however_often_it_is_listed(store: Store) -> None:
    job_id = await begun(store)
    entries = [Entry("a/1.jpg", "1", "a"), Entry("b/1.jpg", "1", "b")]

    assert await store.items.enlist("default", job_id, entries) == 2
    assert await store.items.enlist("default", job_id, [*entries, Entry("c/1.jpg", "", "")]) == 1
    assert (await store.jobs.get("default", job_id)).progress == Progress(3, 0, 0)


async def test_an_item_is_settled_with_its_face_and_once_only(store: Store) -> None:
    job_id, [item] = await enlisted(store, "ana/1.jpg")

    assert await store.items.enrol(STAFF, job_id, item, given("ana", "1 0 0 0"))
    assert not await store.items.enrol(STAFF, job_id, item, given("ana", "0 1 0 0"))
    assert await store.items.finish("default", job_id)
    assert not await store.items.finish("default", job_id)
    job = await store.jobs.get("default", job_id)
    assert (job.state, job.progress, await faces_of(store, "ana")) == (JobState.DONE, Progress(1, 1, 0), 1)


async def test_what_cannot_be_kept_leaves_the_item_in_hand(store: Store) -> None:
    await store.faces.keep(STAFF, MemberDraft("bob"), face("1 0 0 0 0 0"), Origin("d", "x"), OTHER_MODEL, replace=False)
    job_id, [item] = await enlisted(store, "ana/1.jpg")

    with pytest.raises(ModelMismatch):
        await store.items.enrol(STAFF, job_id, item, given("ana", "1 0 0 0"))

    assert [item.item_id for item in await store.items.claim("default", job_id, [item.item_id])] == [item.item_id]


async def test_the_same_picture_is_kept_once(store: Store) -> None:
    job_id, items = await enlisted(store, "ana/1.jpg", "ana/copy.jpg")

    for item in items:
        await store.items.enrol(STAFF, job_id, item, given("ana", "1 0 0 0"))

    assert await faces_of(store, "ana") == 1


async def test_replacing_drops_what_was_there_before_the_job_and_nothing_of_its_own(store: Store) -> None:
    for vector in ("0 0 0 1", "1 0 0 0"):
        await store.faces.keep(STAFF, MemberDraft("ana"), face(vector), Origin(vector, "x"), MODEL, replace=False)
    job_id, [first, second] = await enlisted(store, "ana/1.jpg", "ana/2.jpg")

    await store.items.enrol(STAFF, job_id, first, given("ana", "1 0 0 0", replace=True))
    await store.items.enrol(STAFF, job_id, second, given("ana", "0 1 0 0", replace=True))

    assert await faces_of(store, "ana") == 2
    [stranger] = await store.faces.nearest(STAFF, [face("0 0 0 1").embedding], MODEL, 1)
    assert stranger[0].similarity == pytest.approx(0, abs=1e-3)


async def test_dead_letters_are_listed_and_tried_again(store: Store) -> None:
    job_id, [bad, good] = await enlisted(store, "ana/1.jpg", "bob/1.jpg")
    await store.items.enrol(STAFF, job_id, good, given("bob", "1 0 0 0"))
    await store.items.fail("default", job_id, bad, BROKEN, None)
    await store.items.finish("default", job_id)

    dead = await store.items.page("default", job_id, "", 10, state=ItemState.ERROR)
    assert [(item.key, item.member_id, item.error, item.attempts) for item in dead.items] == [
        ("ana/1.jpg", "ana", BROKEN, 1)
    ]
    assert (await store.jobs.get("default", job_id)).progress == Progress(2, 1, 1)

    assert await store.items.retry("default", job_id) == 1
    [again] = await store.items.claim("default", job_id, [bad.item_id])
    await store.items.enrol(STAFF, job_id, again, given("ana", "0 1 0 0"))
    await store.items.finish("default", job_id)

    job = await store.jobs.get("default", job_id)
    assert (job.state, job.progress, again.attempts) == (JobState.DONE, Progress(2, 2, 0), 0)


async def test_what_failed_for_now_is_still_to_be_done(store: Store) -> None:
    job_id, [item] = await enlisted(store, "ana/1.jpg")

    await store.items.fail("default", job_id, item, Failure("source_unavailable", ""), 60)

    assert not await store.items.finish("default", job_id)
    [again] = await store.items.claim("default", job_id, [item.item_id])
    assert (again.attempts, again.claims) == (1, 2)


async def test_nothing_is_taken_up_of_a_job_that_was_cancelled(store: Store) -> None:
    job_id = await begun(store)
    await store.items.enlist("default", job_id, [Entry("ana/1.jpg", "", "ana")])
    [item] = (await store.items.page("default", job_id, "", 10, state=None)).items

    await store.jobs.cancel("default", job_id)

    assert await store.items.claim("default", job_id, [item.item_id]) == []


async def test_what_a_job_left_is_sent_again_when_it_is_begun_again(store: Store) -> None:
    job_id, [done, _] = await enlisted(store, "ana/1.jpg", "bob/1.jpg")
    await store.items.enrol(STAFF, job_id, done, given("ana", "1 0 0 0"))
    await store.jobs.fail("default", job_id, BROKEN, None)

    await store.jobs.retry("default", job_id)
    await store.jobs.start("default", job_id)

    assert await store.items.resume("default", job_id) == 1


async def test_items_are_paged_in_the_order_of_their_listing(store: Store) -> None:
    job_id, _ = await enlisted(store, *(f"m{n}/1.jpg" for n in range(5)))

    first = await store.items.page("default", job_id, "", 3, state=None)
    second = await store.items.page("default", job_id, first.next_cursor, 3, state=None)

    assert [item.member_id for item in (*first.items, *second.items)] == ["m0", "m1", "m2", "m3", "m4"]
    assert second.next_cursor == ""
    for cursor in ("made up", "WyJ4Il0"):
        with pytest.raises(InvalidRequest):
            await store.items.page("default", job_id, cursor, 3, state=None)
    with pytest.raises(JobNotFound):
        await store.items.page("neighbour", job_id, "", 3, state=None)


async def test_a_subject_is_worked_on_by_one_job_at_a_time(store: Store) -> None:
    job = await store.jobs.open_alone("default", Order(JobKind.REINDEX, "staff", {}))

    with pytest.raises(Conflict) as refused:
        await store.jobs.open_alone("default", Order(JobKind.REINDEX, "staff", {}))
    other = await store.jobs.open_alone("default", Order(JobKind.REINDEX, "guests", {}))
    await store.jobs.cancel("default", job.job_id)
    again: Job = await store.jobs.open_alone("default", Order(JobKind.REINDEX, "staff", {}))

    assert refused.value.extra == {"job_id": job.job_id}
    assert len({job.job_id, other.job_id, again.job_id}) == 3


async def test_an_evaluation_says_how_far_it_is_until_it_is_cancelled(store: Store) -> None:
    job_id = await begun(store, JobKind.EVALUATE)

    assert await store.jobs.report("default", job_id, Progress(10, 4, 1))
    assert (await store.jobs.get("default", job_id)).progress == Progress(10, 4, 1)
    await store.jobs.cancel("default", job_id)
    assert not await store.jobs.report("default", job_id, Progress(10, 5, 1))
