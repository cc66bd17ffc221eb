"""Photos of a gallery on a real Postgres: taken up once, settled once, and who is in them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from app.domain.collections import Model
from app.domain.errors import ClientNotFound, FaceNotFound, GalleryNotFound, PhotoNotFound
from app.domain.faces import Box, EmbeddedFace
from app.domain.galleries import Basis, Claimed, GalleryDraft, GalleryRef, PhotoState, Seen
from app.domain.jobs import Failure, JobKind, JobState, Order
from app.domain.members import MemberDraft, Origin
from app.domain.storage import Folder, StoredObject
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, OTHER_MODEL, face

REF = GalleryRef("default", "wedding")
SOURCE = Folder.parse("s3://photos/wedding/")
BASIS = Basis(MODEL, threshold=0.4, review_margin=0.1, max_faces=10)
A, B, BETWEEN, STRANGER = "1 0 0 0", "0 1 0 0", "0.8 0.6 0 0", "0 0 0 1"


@pytest.fixture(params=["database_url", "pooled_url"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with open_store(request.getfixturevalue(request.param), pool_size=4, timeout=5) as store:
        await store.galleries.put(REF, GalleryDraft(SOURCE))
        yield store


class Run:
    """A run over the gallery, worked by hand."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store = store
        self.job_id = job_id

    async def enlist(self, *keys: str, etag: str = "1", basis: Basis = BASIS, force: bool = False) -> int:
        objects = [StoredObject(f"wedding/{key}", etag, 1) for key in keys]
        return await self._store.photos.enlist(REF, self.job_id, objects, basis, force=force)

    async def claim(self, *keys: str, basis: Basis = BASIS) -> dict[str, Claimed]:
        page = await self._store.photos.page(REF, "", 100, state=None)
        ids = [photo.photo_id for photo in page.items if not keys or photo.key.removeprefix("wedding/") in keys]
        claimed = await self._store.photos.claim(REF, self.job_id, ids, basis)
        return {photo.key.removeprefix("wedding/"): photo for photo in claimed}

    async def settle(self, photo: Claimed, *vectors: str, basis: Basis = BASIS) -> bool:
        seen = Seen(photo, photo.etag, 200, 100, len(vectors), tuple(_faces(vectors)))
        return bool(await self._store.photos.settle(REF, self.job_id, [seen], basis))


def _faces(vectors: Sequence[str]) -> list[EmbeddedFace]:
    """Faces side by side, the first the largest."""
    boxes = [Box(0.1 + n * 0.2, 0.1, 0.15 - n * 0.01, 0.5) for n in range(len(vectors))]
    return [_at(box, face(vector)) for box, vector in zip(boxes, vectors, strict=True)]


def _at(box: Box, one: EmbeddedFace) -> EmbeddedFace:
    found = replace(one.aligned.found, box=box)
    return replace(one, aligned=replace(one.aligned, found=found))


async def run(store: Store) -> Run:
    job = await store.galleries.begin(REF, force=False)
    await store.jobs.start("default", job.job_id)
    return Run(store, job.job_id)


async def enrol(store: Store, client_id: str, vector: str, model: Model = MODEL) -> None:
    origin = Origin(f"{client_id} {vector}", "upload")
    await store.faces.keep(REF.clients, MemberDraft(client_id), face(vector), origin, model, replace=False)


async def processed(store: Store, **photos: Sequence[str]) -> Run:
    """A run that is over."""
    made = await run(store)
    await made.enlist(*photos)
    await store.photos.listed(REF, made.job_id, len(photos), 0)
    for key, photo in (await made.claim()).items():
        await made.settle(photo, *photos[key])
    assert await store.photos.finish(REF, made.job_id)
    return made


async def photos_of(store: Store, client_id: str, *, review: bool = False) -> list[tuple[str, float]]:
    page = await store.photos.of_client(REF, client_id, "", 100, review=review)
    return [(photo.key.removeprefix("wedding/"), round(photo.similarity, 2)) for photo in page.items]


async def test_what_waits_in_the_queue_is_counted(store: Store) -> None:
    begun = await run(store)
    before = await store.database.queue_depth()

    await begun.enlist(*(f"{n}.jpg" for n in range(17)))

    assert await store.database.queue_depth() == before + 3  # eight photos travel together


async def test_photos_are_taken_up_once_by_a_run(store: Store) -> None:
    first = await run(store)

    assert await first.enlist("a.jpg", "b.jpg") == 2
    assert await first.enlist("a.jpg", "b.jpg") == 0  # a worker that lists anew after another died
    again = await run(store)
    assert again.job_id == first.job_id


async def test_what_is_in_the_hands_of_a_living_run_is_left_there(store: Store) -> None:
    first = await run(store)
    await first.enlist("a.jpg")
    forced = Run(store, (await store.galleries.begin(REF, force=True)).job_id)

    assert await forced.enlist("a.jpg") == 0
    await store.jobs.cancel("default", first.job_id)
    assert await forced.enlist("a.jpg") == 1


async def test_what_is_done_is_done_again_only_if_it_changed(store: Store) -> None:
    await processed(store, **{"a.jpg": [A], "b.jpg": []})
    second = await run(store)

    assert await second.enlist("a.jpg") == 0
    assert await second.enlist("b.jpg", etag="2") == 1
    assert await second.enlist("c.jpg") == 1


@pytest.mark.parametrize("other", [{"threshold": 0.5}, {"max_faces": 3}, {"model": OTHER_MODEL}])
async def test_other_wishes_make_what_was_done_worthless(store: Store, other: dict[str, object]) -> None:
    await processed(store, **{"a.jpg": [A]})
    wishes = {"model": MODEL, "threshold": 0.4, "review_margin": 0.1, "max_faces": 10} | other
    second = await run(store)

    assert await second.enlist("a.jpg", basis=Basis(**wishes)) == 1  # type: ignore[arg-type]


async def test_another_threshold_needs_no_photo_to_be_fetched_again(store: Store) -> None:
    await enrol(store, "ann", BETWEEN)
    await processed(store, **{"a.jpg": [A]})
    surer = replace(BASIS, threshold=0.95)
    second = await run(store)
    await second.enlist("a.jpg", basis=surer)
    photo = (await second.claim(basis=surer))["a.jpg"]

    assert photo.kept
    assert await store.photos.settle_kept(REF, second.job_id, photo, surer)
    assert not await store.photos.settle_kept(REF, second.job_id, photo, surer)
    assert await photos_of(store, "ann", review=True) == []


@pytest.mark.parametrize("other", [replace(BASIS, model=OTHER_MODEL), replace(BASIS, max_faces=3)])
async def test_faces_found_otherwise_are_found_anew(store: Store, other: Basis) -> None:
    await processed(store, **{"a.jpg": [A]})
    second = await run(store)
    await second.enlist("a.jpg", basis=other)

    assert not (await second.claim(basis=other))["a.jpg"].kept


async def test_a_forced_run_does_all_again(store: Store) -> None:
    await processed(store, **{"a.jpg": [A]})
    second = await run(store)

    assert await second.enlist("a.jpg", force=True) == 1


async def test_a_photo_is_settled_once(store: Store) -> None:
    await enrol(store, "ann", A)
    made = await run(store)
    await made.enlist("a.jpg")
    photo = (await made.claim())["a.jpg"]
    rescued = (await made.claim())["a.jpg"]  # the worker was taken for dead

    assert (photo.claims, rescued.claims) == (1, 2)
    assert sorted(await asyncio.gather(made.settle(photo, A), made.settle(rescued, A))) == [False, True]
    assert await photos_of(store, "ann") == [("a.jpg", 1.0)]


async def test_a_run_that_lost_a_photo_to_another_changes_nothing(store: Store) -> None:
    first = await run(store)
    await first.enlist("a.jpg")
    photo = (await first.claim())["a.jpg"]
    await store.jobs.cancel("default", first.job_id)
    second = await run(store)
    await second.enlist("a.jpg")

    assert not await first.settle(photo, A)
    assert await first.claim() == {}


async def test_the_run_ends_with_its_last_photo_and_not_before(store: Store) -> None:
    made = await run(store)
    await made.enlist("a.jpg", "b.jpg")
    await store.photos.listed(REF, made.job_id, 2, 0)
    photos = await made.claim()

    await made.settle(photos["a.jpg"])
    assert not await store.photos.finish(REF, made.job_id)
    await made.settle(photos["b.jpg"])
    ended = await asyncio.gather(*(store.photos.finish(REF, made.job_id) for _ in range(3)))

    job = await store.jobs.get("default", made.job_id)
    assert sorted(ended) == [False, False, True]
    assert (job.state, job.progress.total, job.progress.done) == (JobState.DONE, 2, 2)


async def test_a_run_over_nothing_ends_at_once(store: Store) -> None:
    made = await run(store)

    await store.photos.listed(REF, made.job_id, 0, 0)

    standing = await store.galleries.standing(REF)
    assert (standing.state, standing.percent, standing.eta_seconds) == (JobState.DONE, 100.0, 0.0)


async def test_a_failure_that_may_pass_is_tried_again_and_another_is_a_dead_letter(store: Store) -> None:
    made = await run(store)
    await made.enlist("a.jpg", "b.jpg")
    photos = await made.claim()
    failure = Failure("source_unavailable", "The image source answered 503.")

    await store.photos.fail(REF, made.job_id, photos["a.jpg"], failure, 0.0)
    await store.photos.fail(REF, made.job_id, photos["b.jpg"], Failure("image_unreadable", "No picture."), None)

    [dead] = (await store.photos.page(REF, "", 10, state=PhotoState.ERROR)).items
    [waiting] = (await store.photos.page(REF, "", 10, state=PhotoState.PENDING)).items
    assert (dead.key, dead.error and dead.error.code) == ("wedding/b.jpg", "image_unreadable")
    assert (waiting.key, waiting.attempts, waiting.error) == ("wedding/a.jpg", 1, failure)


async def test_dead_letters_come_back_to_life(store: Store) -> None:
    made = await run(store)
    await made.enlist("a.jpg")
    await store.photos.listed(REF, made.job_id, 1, 0)
    photo = (await made.claim())["a.jpg"]
    await store.photos.fail(REF, made.job_id, photo, Failure("no", "No."), None)
    assert await store.photos.finish(REF, made.job_id)

    assert await store.photos.retry(REF) == 1

    assert (await store.jobs.get("default", made.job_id)).state is JobState.RUNNING
    assert await made.settle((await made.claim())["a.jpg"])
    assert await store.photos.finish(REF, made.job_id)


async def test_a_listing_that_failed_and_begins_anew_leaves_no_photo_behind(store: Store) -> None:
    made = await run(store)
    await made.enlist("a.jpg")
    await store.jobs.fail("default", made.job_id, Failure("source_unavailable", "Down."), None)
    assert await made.claim() == {}  # its task comes to nothing
    await store.jobs.retry("default", made.job_id)
    await store.jobs.start("default", made.job_id)

    await store.photos.resume(REF, made.job_id)
    assert await made.enlist("a.jpg") == 0

    tasks = await store.queue.app.job_manager.list_jobs_async(task="match_photos")
    assert len(list(tasks)) == 2
    assert await made.settle((await made.claim())["a.jpg"], A)


async def test_a_client_who_comes_later_is_found_in_what_was_processed(store: Store) -> None:
    await processed(store, **{"a.jpg": [A, STRANGER], "b.jpg": [STRANGER], "c.jpg": [BETWEEN]})
    await enrol(store, "ann", A)

    assert await store.photos.rematch(REF, "ann", BASIS) == 2

    assert await photos_of(store, "ann") == [("a.jpg", 1.0), ("c.jpg", 0.8)]


async def test_a_client_who_comes_later_may_take_a_face_over(store: Store) -> None:
    await enrol(store, "ann", BETWEEN)
    await processed(store, **{"a.jpg": [A, BETWEEN], "b.jpg": [A]})
    assert await photos_of(store, "ann") == [("a.jpg", 1.0), ("b.jpg", 0.8)]

    await enrol(store, "eve", A)
    await store.photos.rematch(REF, "eve", BASIS)

    assert await photos_of(store, "ann") == [("a.jpg", 1.0)]
    assert await photos_of(store, "eve") == [("b.jpg", 1.0), ("a.jpg", 1.0)] or await photos_of(store, "eve") == [
        ("a.jpg", 1.0),
        ("b.jpg", 1.0),
    ]


async def test_neither_a_photo_nor_a_client_that_come_at_once_miss_each_other(store: Store) -> None:
    made = await run(store)
    keys = [f"{n}.jpg" for n in range(8)]
    await made.enlist(*keys)
    photos = await made.claim()

    async def come() -> None:
        await enrol(store, "ann", A)
        await store.photos.rematch(REF, "ann", BASIS)

    await asyncio.gather(come(), *(made.settle(photo, A) for photo in photos.values()))

    assert len(await photos_of(store, "ann")) == len(keys)


async def test_when_a_client_goes_others_get_their_faces(store: Store) -> None:
    await enrol(store, "ann", A)
    await enrol(store, "eve", BETWEEN)
    await processed(store, **{"a.jpg": [A]})
    assert await photos_of(store, "eve") == []

    await store.photos.drop_client(REF, "ann", BASIS)

    assert await photos_of(store, "eve") == [("a.jpg", 0.8)]
    with pytest.raises(ClientNotFound):
        await photos_of(store, "ann")


async def test_who_was_rejected_stays_rejected_when_the_photo_is_processed_again(store: Store) -> None:
    await enrol(store, "ann", A)
    await enrol(store, "eve", BETWEEN)
    await processed(store, **{"a.jpg": [A]})
    [photo] = (await store.photos.page(REF, "", 10, state=None)).items
    _, [found] = await store.photos.get(REF, photo.photo_id)
    assert found.client_id == "ann"

    await store.photos.reject(REF, photo.photo_id, found.face_id, "ann", basis=BASIS, undo=False)
    assert await photos_of(store, "eve") == [("a.jpg", 0.8)]

    again = await run(store)
    await again.enlist("a.jpg", force=True)
    await again.settle((await again.claim())["a.jpg"], A)
    assert await photos_of(store, "ann") == []
    assert await photos_of(store, "eve") == [("a.jpg", 0.8)]

    _, [found] = await store.photos.get(REF, photo.photo_id)
    await store.photos.reject(REF, photo.photo_id, found.face_id, "ann", basis=BASIS, undo=True)
    assert await photos_of(store, "ann") == [("a.jpg", 1.0)]


async def test_what_is_for_review_is_shown_only_to_whoever_asks(store: Store) -> None:
    await enrol(store, "ann", "1 2.5 0 0")  # like A by 0.37
    await processed(store, **{"a.jpg": [A]})

    assert await photos_of(store, "ann") == []
    assert await photos_of(store, "ann", review=True) == [("a.jpg", 0.37)]
    assert (await store.galleries.client(REF, "ann")).photos == 0


async def test_a_clients_photos_come_in_pages_best_first(store: Store) -> None:
    await enrol(store, "ann", A)
    await processed(store, **{"a.jpg": [BETWEEN], "b.jpg": [A], "c.jpg": [A], "d.jpg": ["0.9 0.1 0.1 0"]})

    seen, cursor = [], ""
    while True:
        page = await store.photos.of_client(REF, "ann", cursor, 1, review=False)
        seen += [round(photo.similarity, 2) for photo in page.items]
        if not (cursor := page.next_cursor):
            break

    assert seen == [1.0, 1.0, 0.99, 0.8]


async def test_a_gallery_goes_with_all_that_is_its_own(store: Store) -> None:
    await enrol(store, "ann", A)
    await processed(store, **{"a.jpg": [A]})

    await store.galleries.delete(REF)

    with pytest.raises(GalleryNotFound):
        await store.galleries.get(REF)
    await store.galleries.put(REF, GalleryDraft(SOURCE))
    assert (await store.galleries.get(REF)).clients == 0
    assert (await store.photos.page(REF, "", 10, state=None)).items == ()


async def test_what_is_not_there_is_said_to_be_missing(store: Store) -> None:
    other = GalleryRef("default", "other")
    nothing = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(GalleryNotFound):
        await store.photos.page(other, "", 10, state=None)
    with pytest.raises(GalleryNotFound):
        await store.galleries.begin(other, force=False)
    with pytest.raises(PhotoNotFound):
        await store.photos.get(REF, "nonsense")
    with pytest.raises(PhotoNotFound):
        await store.photos.get(REF, nothing)
    await enrol(store, "ann", A)
    await processed(store, **{"a.jpg": [A]})
    [photo] = (await store.photos.page(REF, "", 10, state=None)).items
    with pytest.raises(FaceNotFound):
        await store.photos.reject(REF, photo.photo_id, nothing, "ann", basis=BASIS, undo=False)


async def test_jobs_are_listed_newest_first_and_ended_once(store: Store) -> None:
    first = await store.jobs.open("default", Order(JobKind.INDEX, "members", {"n": 1}))
    second = await store.jobs.open("default", Order(JobKind.ANALYSIS, "", {}))

    page = await store.jobs.page("default", "", 1, state=None, kind=None)
    rest = await store.jobs.page("default", page.next_cursor, 10, state=None, kind=None)
    queued = await store.jobs.page("default", "", 10, state=JobState.QUEUED, kind=JobKind.INDEX)

    assert [job.job_id for job in (*page.items, *rest.items)] == [second.job_id, first.job_id]
    assert [job.job_id for job in queued.items] == [first.job_id]
    await store.jobs.cancel("default", first.job_id)
    assert await store.jobs.start("default", first.job_id) is None
