"""Single photos of galleries, on a real Postgres."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.domain.errors import GalleryNotFound
from app.domain.galleries import Basis, Claimed, GalleryDraft, GalleryRef, PhotoState, Seen
from app.domain.jobs import Job, JobState
from app.domain.storage import Folder, StoredObject
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, face

GALA = GalleryRef("default", "gala")
BASIS = Basis(MODEL, threshold=0.4, review_margin=0.1, max_faces=10)


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5) as store:
        await store.galleries.put(GALA, GalleryDraft(Folder.parse("s3://photos/gala/")))
        yield store


def photo(name: str, etag: str = "1") -> StoredObject:
    return StoredObject(f"gala/{name}", etag, 9)


async def jobs(store: Store) -> list[Job]:
    return list((await store.jobs.page("default", "", 100, state=None, kind=None)).items)


async def claim(store: Store, job_id: str) -> list[Claimed]:
    page = await store.photos.page(GALA, "", 100, state=None)
    return await store.photos.claim(GALA, job_id, [one.photo_id for one in page.items], BASIS)


async def work(store: Store, job_id: str) -> int:
    """Do all that is to be done of a job."""
    claimed = await claim(store, job_id)
    for one in claimed:
        await store.photos.settle(GALA, job_id, [Seen(one, one.etag, 9, 9, 1, (face("1 0 0 0"),))], BASIS)
    await store.photos.finish(GALA, job_id)
    return len(claimed)


async def test_the_galleries_are_found_that_an_object_lies_in(store: Store) -> None:
    for name, source in {"all": "s3://photos/", "night": "s3://photos/gala/night", "r2": "r2://photos/gala/"}.items():
        await store.galleries.put(GalleryRef("default", name), GalleryDraft(Folder.parse(source)))

    async def around(uri: str) -> list[str]:
        return [ref.gallery_id for ref in await store.intake.covering(uri)]

    assert await around("s3://photos/gala/a.jpg") == ["all", "gala"]
    assert await around("s3://photos/gala/night-1.jpg") == ["all", "gala", "night"]
    assert await around("s3://photos/b.jpg") == ["all"]
    assert await around("s3://photos2/gala/a.jpg") == []
    assert await around("s3://photos/galax") == ["all"]


async def test_a_photo_that_was_taken_in_is_matched_by_a_job_of_its_own(store: Store) -> None:
    assert await store.intake.take_in(GALA, [photo("a.jpg")], BASIS) == 1

    (job,) = await jobs(store)
    assert job.state is JobState.RUNNING
    assert await work(store, job.job_id) == 1
    (job,) = await jobs(store)
    assert (job.state, job.progress.total, job.progress.done) == (JobState.DONE, 1, 1)


async def test_photos_that_follow_each_other_share_a_job(store: Store) -> None:
    for n in range(5):
        await store.intake.take_in(GALA, [photo(f"{n}.jpg")], BASIS)

    (job,) = await jobs(store)
    assert await work(store, job.job_id) == 5


async def test_a_photo_told_of_twice_is_matched_once(store: Store) -> None:
    await asyncio.gather(*(store.intake.take_in(GALA, [photo("a.jpg")], BASIS) for _ in range(6)))
    done = sum([await work(store, job.job_id) for job in await jobs(store)])

    assert await store.intake.take_in(GALA, [photo("a.jpg")], BASIS) == 0
    assert done == 1
    assert {job.state for job in await jobs(store)} == {JobState.DONE}


async def test_a_photo_that_changes_while_its_job_runs_is_matched_again(store: Store) -> None:
    await store.intake.take_in(GALA, [photo("a.jpg"), photo("b.jpg")], BASIS)
    (first,) = await jobs(store)
    a, b = sorted(await claim(store, first.job_id), key=lambda one: one.key)

    assert await store.intake.take_in(GALA, [photo("a.jpg", "2")], BASIS) == 1

    assert not await store.photos.settle(GALA, first.job_id, [Seen(a, "1", 9, 9, 0, ())], BASIS)  # it is an old one
    assert await store.photos.settle(GALA, first.job_id, [Seen(b, "1", 9, 9, 0, ())], BASIS)
    assert await store.photos.finish(GALA, first.job_id)
    second, _ = await jobs(store)
    assert await work(store, second.job_id) == 1
    page = await store.photos.page(GALA, "", 10, state=PhotoState.DONE)
    assert [one.key for one in page.items] == ["gala/a.jpg", "gala/b.jpg"]


async def test_a_job_is_not_ended_while_more_is_given_to_it(store: Store) -> None:
    for n in range(20):
        before = len(await jobs(store))
        await store.intake.take_in(GALA, [photo(f"{n}-1.jpg")], BASIS)
        job = (await jobs(store))[0]
        await asyncio.gather(
            work(store, job.job_id),
            *(store.intake.take_in(GALA, [photo(f"{n}-{m}.jpg")], BASIS) for m in (2, 3)),
        )
        for made in (await jobs(store))[: len(await jobs(store)) - before]:
            await work(store, made.job_id)

    page = await store.photos.page(GALA, "", 100, state=None)
    assert [one.key for one in page.items if one.state is not PhotoState.DONE] == []
    assert {job.state for job in await jobs(store)} == {JobState.DONE}


async def test_a_run_over_the_whole_source_is_begun_beside_what_is_taken_in(store: Store) -> None:
    await store.intake.take_in(GALA, [photo("a.jpg")], BASIS)
    (taken_in,) = await jobs(store)

    run = await store.galleries.begin(GALA, force=False)

    assert run.job_id != taken_in.job_id


async def test_a_photo_that_is_gone_is_forgotten_once(store: Store) -> None:
    await store.intake.take_in(GALA, [photo("a.jpg"), photo("b.jpg")], BASIS)
    (job,) = await jobs(store)

    assert await store.intake.remove(GALA, "gala/a.jpg")
    assert not await store.intake.remove(GALA, "gala/a.jpg")

    assert await work(store, job.job_id) == 1
    assert (await jobs(store))[0].state is JobState.DONE


async def test_nothing_is_taken_in_for_a_gallery_that_is_not_there(store: Store) -> None:
    with pytest.raises(GalleryNotFound):
        await store.intake.take_in(GalleryRef("default", "nothing"), [photo("a.jpg")], BASIS)
    assert await jobs(store) == []
