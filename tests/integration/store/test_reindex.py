"""Collections on their way to another model, on a real Postgres: no face of one is ever searched among the other's."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import psycopg
import pytest

from app.domain.collections import CollectionRef
from app.domain.errors import ModelMismatch
from app.domain.items import ClaimedItem
from app.domain.jobs import Failure, JobKind, JobState, Order
from app.domain.members import MemberDraft, Origin
from app.domain.search import Backend
from app.store.index.keeper import Options
from app.store.index.open import open_search
from app.store.open import Store, open_store
from app.store.pool import open_pool
from tests.contract.stores import MODEL, OTHER_MODEL, face

STAFF = CollectionRef("default", "staff")
OLD, NEW = "1 0 0 0", "0 0 1 0 0 0"


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5) as store:
        for member_id in ("ana", "bob"):
            await enrol(store, member_id)
        yield store


async def enrol(store: Store, member_id: str, vector: str = OLD) -> str:
    origin = Origin(f"{member_id} {vector}", f"s3://people/{member_id}.jpg")
    return await store.faces.keep(STAFF, MemberDraft(member_id), face(vector), origin, MODEL, replace=False)


async def listed(store: Store) -> str:
    job = await store.jobs.open("default", Order(JobKind.REINDEX, STAFF.name, {}))
    await store.jobs.start("default", job.job_id)
    count = await store.reindex.enlist(STAFF, job.job_id, OTHER_MODEL)
    await store.items.listed("default", job.job_id, count, 0)
    return job.job_id


async def claimed(store: Store, job_id: str) -> Sequence[ClaimedItem]:
    page = await store.items.page("default", job_id, "", 100, state=None)
    return await store.items.claim("default", job_id, [item.item_id for item in page.items])


async def embedded(store: Store, job_id: str) -> None:
    for item in await claimed(store, job_id):
        await store.reindex.put(STAFF, job_id, item, face(NEW), OTHER_MODEL)


async def finished(store: Store, job_id: str, *, partial: bool = False) -> bool:
    return await store.reindex.finish(STAFF, job_id, OTHER_MODEL, partial=partial)


async def found(store: Store) -> list[str]:
    [candidates] = await store.faces.nearest(STAFF, [face(NEW).embedding], OTHER_MODEL, 10)
    return [candidate.member_id for candidate in candidates]


async def test_the_old_model_is_searched_until_all_faces_are_embedded_and_the_new_one_from_then_on(
    store: Store,
) -> None:
    job_id = await listed(store)
    first, second = await claimed(store, job_id)
    await store.reindex.put(STAFF, job_id, first, face(NEW), OTHER_MODEL)

    assert not await finished(store, job_id)
    with pytest.raises(ModelMismatch):
        await found(store)
    [by_the_old] = await store.faces.nearest(STAFF, [face(OLD).embedding], MODEL, 10)
    assert len(by_the_old) == 2
    assert (await store.collections.get(STAFF)).faces == await store.faces.size(STAFF) == 2
    assert (await store.members.get(STAFF, first.member_id)).faces == 1
    assert len((await store.members.faces(STAFF, first.member_id, "", 10)).items) == 1

    await store.reindex.put(STAFF, job_id, second, face(NEW), OTHER_MODEL)
    assert await finished(store, job_id)

    assert await found(store) == ["ana", "bob"]
    with pytest.raises(ModelMismatch):
        await store.faces.nearest(STAFF, [face(OLD).embedding], MODEL, 10)
    after = await store.collections.get(STAFF)
    job = await store.jobs.get("default", job_id)
    assert (after.model, after.faces, job.state, job.result) == (
        "heavy",
        2,
        JobState.DONE,
        {"model": "heavy", "switched": True},
    )


async def test_a_new_face_keeps_where_it_came_from_and_when(store: Store) -> None:
    [before] = (await store.members.faces(STAFF, "ana", "", 10)).items
    job_id = await listed(store)
    await embedded(store, job_id)
    await finished(store, job_id)

    [after] = (await store.members.faces(STAFF, "ana", "", 10)).items
    assert (after.source, after.created_at, after.model) == (before.source, before.created_at, "heavy")
    assert after.face_id != before.face_id


async def test_with_dead_letters_it_is_switched_over_only_if_that_was_asked_for(store: Store) -> None:
    job_id = await listed(store)
    good, bad = await claimed(store, job_id)
    await store.reindex.put(STAFF, job_id, good, face(NEW), OTHER_MODEL)
    await store.items.fail("default", job_id, bad, Failure("source_not_kept", ""), None)

    assert await finished(store, job_id)

    job = await store.jobs.get("default", job_id)
    assert (job.result, (await store.collections.get(STAFF)).model) == ({"model": "heavy", "switched": False}, "lite")

    # What is there already is not made again.
    again = await listed(store)
    [left] = await claimed(store, again)
    assert left.key == bad.key
    await store.items.fail("default", again, left, Failure("source_not_kept", ""), None)
    assert await finished(store, again, partial=True)

    assert await found(store) == [good.member_id]
    assert (await store.members.get(STAFF, bad.member_id)).faces == 0


async def test_dead_letters_that_are_done_in_the_end_let_it_be_switched_over(store: Store) -> None:
    job_id = await listed(store)
    good, bad = await claimed(store, job_id)
    await store.reindex.put(STAFF, job_id, good, face(NEW), OTHER_MODEL)
    await store.items.fail("default", job_id, bad, Failure("source_not_found", ""), None)
    await finished(store, job_id)

    await store.items.retry("default", job_id)
    await embedded(store, job_id)
    await finished(store, job_id)

    assert await found(store) == ["ana", "bob"]


async def test_who_is_enrolled_meanwhile_is_not_lost(store: Store) -> None:
    job_id = await listed(store)
    await embedded(store, job_id)
    await enrol(store, "cid")

    assert not await finished(store, job_id)
    await embedded(store, job_id)
    assert await finished(store, job_id)

    assert await found(store) == ["ana", "bob", "cid"]


async def test_a_face_that_is_deleted_meanwhile_does_not_come_back(store: Store) -> None:
    job_id = await listed(store)
    first, second = await claimed(store, job_id)
    await store.reindex.put(STAFF, job_id, first, face(NEW), OTHER_MODEL)
    await store.members.delete_face(STAFF, first.key)
    await store.members.delete_face(STAFF, second.key)

    assert await store.reindex.original(STAFF, second.key) is None
    await store.reindex.put(STAFF, job_id, second, face(NEW), OTHER_MODEL)
    assert await finished(store, job_id)

    assert await found(store) == []


async def test_replaced_faces_lose_their_twins_and_the_kept_one_gets_it_back(store: Store) -> None:
    job_id = await listed(store)
    await embedded(store, job_id)
    origin = Origin(f"ana {OLD}", "s3://people/ana.jpg")
    await store.faces.keep(STAFF, MemberDraft("ana"), face(OLD), origin, MODEL, replace=True)

    assert not await finished(store, job_id)
    await embedded(store, job_id)
    assert await finished(store, job_id)

    assert await found(store) == ["ana", "bob"]


async def test_deleting_and_embedding_at_once_leaves_no_twin_alone(store: Store, database_url: str) -> None:
    ids = [await enrol(store, f"m{n}") for n in range(20)]
    job_id = await listed(store)
    items = await claimed(store, job_id)

    puts = [store.reindex.put(STAFF, job_id, item, face(NEW), OTHER_MODEL) for item in items]
    await asyncio.gather(*puts, *(store.members.delete_face(STAFF, face_id) for face_id in ids))
    await finished(store, job_id)

    assert await found(store) == ["ana", "bob"]
    assert (await store.database.counts())["faces"] == 2


async def test_a_collection_of_that_model_has_nothing_to_do(store: Store) -> None:
    job = await store.jobs.open("default", Order(JobKind.REINDEX, STAFF.name, {}))
    await store.jobs.start("default", job.job_id)

    assert await store.reindex.enlist(STAFF, job.job_id, MODEL) == 0
    await store.items.listed("default", job.job_id, 0, 0)
    assert await store.reindex.finish(STAFF, job.job_id, MODEL, partial=False)

    done = await store.jobs.get("default", job.job_id)
    assert (done.state, done.result) == (JobState.DONE, {"model": "lite", "switched": False})
    assert (await store.collections.get(STAFF)).faces == 2


async def test_an_index_in_memory_is_made_of_the_faces_that_are_searched_alone(
    database_url: str, tmp_path: Path
) -> None:
    options = Options(Backend.FAISS, tmp_path, least=1)
    async with (
        open_store(database_url, pool_size=4, timeout=5) as store,
        open_pool(database_url, size=4, timeout=5) as pool,
        open_search(pool, store.faces, options, sampled=0, keep=False) as search,
    ):
        await enrol(store, "ana")
        await enrol(store, "bob")
        job_id = await listed(store)
        await embedded(store, job_id)

        await search.refresh()
        before = [(state.collection, state.faces) for state in search.state().indexes]
        with pytest.raises(ModelMismatch):
            await search.faces.nearest(STAFF, [face(NEW).embedding], OTHER_MODEL, 10)
        await finished(store, job_id)
        await search.refresh()
        [answer] = await search.strict.nearest(STAFF, [face(NEW).embedding], OTHER_MODEL, 10)

        assert before == [("staff", 2)]
        assert [candidate.member_id for candidate in answer] == ["ana", "bob"]


def test_a_face_of_a_model_that_nobody_knows_is_refused_by_the_database(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("insert into face.member values ('default', 'default', 'ana', '', '{}')")

        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            conn.execute(
                "insert into face.face values ('default', gen_random_uuid(), 'default', 'ana', 7, 'd', '[1]', 0, 0, 1,"
                " 1, array_fill(0, array[10]), 1, 1, '{}', '')"
            )
