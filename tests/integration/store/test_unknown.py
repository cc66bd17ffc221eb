"""Groups of unknown faces in a real Postgres: what a caller saw is what a caller names."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import psycopg
import pytest

from app.domain.errors import FaceNotFound, GalleryNotFound, GroupNotFound, InvalidRequest, PhotoNotFound
from app.domain.faces import Box, EmbeddedFace, Quality
from app.domain.galleries import Basis, GalleryDraft, GalleryRef, Seen
from app.domain.groups import Crowd
from app.domain.members import MemberDraft, Origin
from app.domain.storage import Folder, StoredObject
from app.domain.unknown import Grouping, grouped
from app.store.open import Store, open_store
from tests.contract.stores import MODEL, OTHER_MODEL, face

REF = GalleryRef("default", "wedding")
DRAFT = GalleryDraft(Folder.parse("r2://photos/wedding/"))
BASIS = Basis(MODEL, 0.5, 0.05, 100)


@dataclass(frozen=True)
class Gallery:
    """A gallery whose photos are told as lines: of each the faces, from left to right."""

    store: Store
    url: str

    async def process(self, photos: dict[str, Sequence[str]], quality: float = 0.75, etag: str = "e1") -> None:
        job = await self.store.galleries.begin(REF, force=True)
        objects = [StoredObject(key, etag, 1000) for key in photos]
        await self.store.photos.enlist(REF, job.job_id, objects, BASIS, force=True)
        with psycopg.connect(self.url) as conn:
            rows = conn.execute("select photo_id::text from face.photo where key = any(%s)", [list(photos)]).fetchall()
        for photo in await self.store.photos.claim(REF, job.job_id, [row[0] for row in rows], BASIS):
            faces = tuple(_placed(vector, n, quality) for n, vector in enumerate(photos[photo.key]))
            await self.store.photos.settle(REF, job.job_id, [Seen(photo, etag, 600, 400, len(faces), faces)], BASIS)
        await self.store.photos.listed(REF, job.job_id, len(photos), 0)

    async def group(self, cut: float = 0.5) -> list[str]:
        strangers = await self.store.unknown.strangers(REF, MODEL, 0.3)
        groups = grouped(strangers, cut)
        await self.store.unknown.keep(REF, Grouping(strangers.version, cut, 0.1, groups))
        return await self.shown()

    async def shown(self, *, dismissed: bool = False) -> list[str]:
        """The groups as lines: «3 in 3, a.jpg»."""
        unknown = await self.store.unknown.page(REF, MODEL, "", 100, dismissed=dismissed)
        return [f"{one.faces} in {one.photos}, {one.sample.key}" for one in unknown.groups.items]

    async def ids(self, *, dismissed: bool = False) -> list[str]:
        unknown = await self.store.unknown.page(REF, MODEL, "", 100, dismissed=dismissed)
        return [one.group_id for one in unknown.groups.items]

    async def name(self, group_id: str, client_id: str) -> None:
        gallery = await self.store.galleries.get(REF)
        for known in await self.store.unknown.best(gallery, REF, group_id, MODEL):
            draft = MemberDraft(client_id)
            await self.store.faces.keep(REF.clients, draft, known.face, known.origin, MODEL, replace=False)
        await self.store.photos.rematch(REF, client_id, BASIS)


def _placed(vector: str, place: int, quality: float) -> EmbeddedFace:
    """A face that points along the vector, in the n-th place of its photo."""
    made = face(vector)
    found = replace(made.aligned.found, box=Box(0.1 + 0.2 * place, 0.25, 0.125, 0.25))
    return replace(made, aligned=replace(made.aligned, found=found, quality=Quality(quality)))


ANN, BOB, EVE = "9 1 0 0", "0 0 9 1", "0 9 -9 0"


@pytest.fixture
async def gallery(database_url: str) -> AsyncIterator[Gallery]:
    async with open_store(database_url, pool_size=4, timeout=5) as store:
        await store.galleries.put(REF, DRAFT)
        yield Gallery(store, database_url)


async def test_groups_are_listed_largest_first_with_their_best_face(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN, BOB], "b.jpg": [ANN, BOB], "d.jpg": [EVE]})
    await gallery.process({"c.jpg": ["9 1.1 0 0"]}, quality=0.9)

    shown = await gallery.group()

    assert shown in (["3 in 3, c.jpg", "2 in 2, a.jpg"], ["3 in 3, c.jpg", "2 in 2, b.jpg"])
    unknown = await gallery.store.unknown.page(REF, MODEL, "", 1, dismissed=False)
    assert unknown.ungrouped == 1
    following = await gallery.store.unknown.page(REF, MODEL, unknown.groups.next_cursor, 1, dismissed=False)
    assert [one.faces for one in following.groups.items] == [2]
    assert following.groups.next_cursor == ""


async def test_the_faces_of_a_group_are_paged_best_first(gallery: Gallery) -> None:
    await gallery.process({f"{n}.jpg": [f"9 {n} 0 0"] for n in range(3)})
    await gallery.group()
    (group_id,) = await gallery.ids()

    first = await gallery.store.unknown.faces(REF, group_id, "", 2)
    second = await gallery.store.unknown.faces(REF, group_id, first.next_cursor, 2)

    assert next(one.key for one in first.items + second.items) == "1.jpg"
    assert {one.key for one in first.items + second.items} == {"0.jpg", "1.jpg", "2.jpg"}
    similarities = [one.similarity for one in first.items + second.items]
    assert similarities == sorted(similarities, reverse=True)
    assert second.next_cursor == ""


async def test_the_same_faces_are_the_same_groups_and_a_face_more_changes_only_its_own(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN, BOB], "b.jpg": [ANN, BOB]})
    await gallery.group()
    before = set(await gallery.ids())
    state = await gallery.store.unknown.state(REF, MODEL)
    await gallery.group()
    again = set(await gallery.ids())

    await gallery.process({"c.jpg": [ANN]})
    changed = await gallery.store.unknown.state(REF, MODEL)
    await gallery.group()

    assert again == before
    assert (state.version == state.known, changed.version == changed.known) == (True, False)
    assert len(before & set(await gallery.ids())) == 1
    assert (state.faces, changed.faces) == (4, 5)


async def test_who_is_named_is_no_longer_unknown_and_is_found_in_all_photos(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN, BOB], "b.jpg": [ANN, BOB], "c.jpg": ["9 2 0 0"]})
    await gallery.group()
    ann, _ = await gallery.ids()

    await gallery.name(ann, "ann")

    client = await gallery.store.galleries.client(REF, "ann")
    assert (client.photos, client.faces) == (3, 3)
    assert [line[:6] for line in await gallery.shown()] == ["2 in 2"]
    with pytest.raises(GroupNotFound):
        await gallery.store.unknown.faces(REF, ann, "", 10)
    with pytest.raises(GroupNotFound):
        await gallery.store.unknown.best(await gallery.store.galleries.get(REF), REF, ann, MODEL)


async def test_a_group_is_named_as_it_was_seen_though_it_has_grown_since(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    await gallery.group()
    (seen,) = await gallery.ids()
    await gallery.process({"c.jpg": ["9 2 0 0"]})
    await gallery.group()

    best = await gallery.store.unknown.best(await gallery.store.galleries.get(REF), REF, seen, MODEL)
    await gallery.name(seen, "ann")

    assert {known.origin.source for known in best} == {"r2://photos/a.jpg", "r2://photos/b.jpg"}
    assert (await gallery.store.galleries.client(REF, "ann")).photos == 3
    assert await gallery.shown() == []


async def test_naming_the_same_faces_again_keeps_each_once(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    await gallery.group()
    (group_id,) = await gallery.ids()
    owner = await gallery.store.galleries.get(REF)
    best = await gallery.store.unknown.best(owner, REF, group_id, MODEL)
    await gallery.name(group_id, "ann")
    await gallery.store.photos.drop_client(REF, "ann", BASIS)
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    await gallery.group()
    (anew,) = await gallery.ids()

    again = await gallery.store.unknown.best(owner, REF, anew, MODEL)

    assert anew != group_id
    assert {known.origin for known in again} == {known.origin for known in best}
    assert isinstance(again[0].face, EmbeddedFace)
    assert isinstance(best[0].face, EmbeddedFace)
    assert np.allclose(again[0].face.embedding, best[0].face.embedding)
    assert again[0].face.aligned.found.landmarks.shape == (5, 2)


async def test_a_dismissed_group_is_hidden_also_when_it_grows_and_its_photos_are_processed_again(
    gallery: Gallery,
) -> None:
    await gallery.process({"a.jpg": [ANN, BOB], "b.jpg": [ANN, BOB], "c.jpg": [ANN]})
    await gallery.group()
    ann, bob = await gallery.ids()

    await gallery.store.unknown.dismiss(REF, ann, undo=False)
    hidden = await gallery.ids(dismissed=True)
    left = await gallery.ids()
    await gallery.process({"a.jpg": [ANN, BOB], "d.jpg": ["9 2 0 0"]})
    await gallery.group()

    assert (hidden, left) == ([ann], [bob])
    assert [line[:6] for line in await gallery.shown(dismissed=True)] == ["4 in 4"]
    assert [line[:6] for line in await gallery.shown()] == ["2 in 2"]


async def test_a_dismissal_can_be_taken_back(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN, BOB], "b.jpg": [ANN, BOB]})
    await gallery.group()
    ann, bob = await gallery.ids()
    await gallery.store.unknown.dismiss(REF, ann, undo=False)
    await gallery.store.unknown.dismiss(REF, ann, undo=False)

    await gallery.store.unknown.dismiss(REF, ann, undo=True)

    assert set(await gallery.ids()) == {ann, bob}
    assert await gallery.ids(dismissed=True) == []


async def test_faces_that_are_gone_do_not_count(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN], "c.jpg": [ANN]})
    await gallery.group()
    (group_id,) = await gallery.ids()
    page = await gallery.store.unknown.faces(REF, group_id, "", 10)

    await gallery.store.photos.delete(REF, page.items[0].photo_id)

    assert [line[:6] for line in await gallery.shown()] == ["2 in 2"]
    await gallery.store.photos.delete(REF, page.items[1].photo_id)
    unknown = await gallery.store.unknown.page(REF, MODEL, "", 10, dismissed=False)
    assert (unknown.groups.items, unknown.ungrouped) == ((), 1)


async def test_faces_of_another_model_are_left_out(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})

    strangers = await gallery.store.unknown.strangers(REF, OTHER_MODEL, 0.3)

    assert strangers.face_ids == ()


async def test_a_poor_face_is_marked(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN]}, quality=0.2)
    await gallery.process({"b.jpg": [ANN]}, quality=0.4)

    strangers = await gallery.store.unknown.strangers(REF, MODEL, 0.3)

    assert isinstance(strangers.crowd, Crowd)
    assert sorted(strangers.crowd.clear.tolist()) == [False, True]
    assert np.allclose(np.linalg.norm(strangers.crowd.vectors, axis=1), 1)


async def test_groups_that_nobody_saw_lately_are_forgotten(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    await gallery.group()
    (old,) = await gallery.ids()
    with psycopg.connect(gallery.url) as conn:
        conn.execute("update face.unknown_group set seen_at = now() - interval '2 days'")
    await gallery.process({"c.jpg": [ANN]})

    await gallery.group()

    with pytest.raises(GroupNotFound):
        await gallery.store.unknown.faces(REF, old, "", 10)


async def test_what_is_not_there_is_said_to_be_missing(gallery: Gallery) -> None:
    unknown, other = gallery.store.unknown, GalleryRef("default", "other")
    await gallery.process({"a.jpg": [ANN]})
    (photo,) = (await gallery.store.photos.page(REF, "", 10, state=None)).items

    with pytest.raises(GalleryNotFound):
        await unknown.state(other, MODEL)
    with pytest.raises(GalleryNotFound):
        await unknown.faces(other, "0" * 32, "", 10)
    with pytest.raises(GroupNotFound):
        await unknown.dismiss(REF, "0" * 32, undo=False)
    with pytest.raises(PhotoNotFound):
        await unknown.shot(other, photo.photo_id, None)
    with pytest.raises(PhotoNotFound):
        await unknown.shot(REF, "no uuid", None)
    with pytest.raises(FaceNotFound):
        await unknown.shot(REF, photo.photo_id, photo.photo_id)
    with pytest.raises(InvalidRequest):
        await unknown.page(REF, MODEL, "made up", 10, dismissed=False)
    with pytest.raises(InvalidRequest):
        await unknown.faces(REF, "0" * 32, "WyJhIl0", 10)


async def test_a_face_is_found_in_its_photo(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN, BOB]})
    (photo,) = (await gallery.store.photos.page(REF, "", 10, state=None)).items
    _, faces = await gallery.store.photos.get(REF, photo.photo_id)

    shot = await gallery.store.unknown.shot(REF, photo.photo_id, faces[0].face_id)
    whole = await gallery.store.unknown.shot(REF, photo.photo_id, None)

    assert (shot.key, shot.etag, shot.box) == ("a.jpg", "e1", faces[0].box)
    assert whole.box is None


async def test_an_enrolled_face_is_like_any_other(gallery: Gallery) -> None:
    await gallery.process({"a.jpg": [ANN], "b.jpg": [ANN]})
    await gallery.group()
    (group_id,) = await gallery.ids()
    await gallery.name(group_id, "ann")

    stored = await gallery.store.members.faces(REF.clients, "ann", "", 10)

    assert {one.source for one in stored.items} == {"r2://photos/a.jpg", "r2://photos/b.jpg"}
    assert stored.items[0].quality == 0.75
    origin = Origin("new", "upload")
    await gallery.store.faces.keep(REF.clients, MemberDraft("ann"), face(ANN), origin, MODEL, replace=True)
    assert (await gallery.store.galleries.client(REF, "ann")).faces == 1
