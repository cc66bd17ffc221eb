"""Faces one by one and the users they belong to, on a real Postgres: kept once, moved whole, never lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest

from app.domain.collections import CollectionRef, Kind
from app.domain.errors import (
    AccessKeyNotFound,
    CollectionNotFound,
    Conflict,
    FaceNotFound,
    MemberNotFound,
    ModelMismatch,
    QuotaExceeded,
    TokenReused,
)
from app.domain.faces import Box, EmbeddedFace
from app.domain.jobs import JobKind, Order
from app.domain.members import MemberDraft, Origin
from app.domain.search import Backend
from app.domain.users import Changed, Once, Refusal, Refused, Shown
from app.store.index.keeper import Options
from app.store.index.open import open_search
from app.store.open import Store, open_store
from app.store.pool import open_pool
from tests.contract.stores import MODEL, OTHER_MODEL, SEAL, face, probe

STAFF = CollectionRef("default", "staff")
ANA, BOB = "1 0 0 0", "0 1 0 0"
NOBODY = "00000000-0000-0000-0000-000000000000"
ANY = -1.0


@pytest.fixture
async def store(pooled_url: str) -> AsyncIterator[Store]:
    async with open_store(pooled_url, pool_size=4, timeout=5, seal=SEAL) as store:
        await store.face_book.create(STAFF)
        yield store


def at(left: float, vector: str = ANA) -> EmbeddedFace:
    """A face in that place of its picture."""
    whole = face(vector)
    found = replace(whole.aligned.found, box=Box(left, 0.1, 0.2, 0.2))
    return replace(whole, aligned=replace(whole.aligned, found=found))


async def index(store: Store, *faces: EmbeddedFace, digest: str = "aa", external_id: str = "") -> list[str]:
    shown = Shown(digest, "upload", external_id)
    return [kept.face_id for kept in await store.face_book.index(STAFF, shown, faces, MODEL)]


async def enrol(store: Store, member_id: str, vector: str = ANA, digest: str = "ee") -> str:
    return await store.faces.keep(
        STAFF, MemberDraft(member_id), face(vector), Origin(digest, "s3://a/b.jpg"), MODEL, replace=False
    )


async def members(store: Store) -> dict[str, int]:
    return {member.member_id: member.faces for member in (await store.members.page(STAFF, "", 100)).items}


async def counts(store: Store) -> tuple[int, int]:
    found = await store.face_book.collection(STAFF)
    return found.faces, found.users


async def owner(store: Store, face_id: str) -> str:
    [known] = (await store.face_book.page(STAFF, "", 10, face_ids=[face_id])).items
    return known.user_id


async def test_all_faces_of_a_picture_are_kept_under_its_name(store: Store) -> None:
    first, second = await index(store, at(0.1), at(0.5, BOB), external_id="party")

    assert first != second
    assert await members(store) == {"party": 2}
    assert await counts(store) == (2, 0)


async def test_the_same_picture_again_keeps_nothing_new(store: Store) -> None:
    once = await index(store, at(0.1), at(0.5))

    assert await index(store, at(0.1), at(0.5)) == once
    assert await index(store, at(0.102)) == once[:1]
    assert len(await index(store, at(0.1), external_id="another name")) == 1
    assert await counts(store) == (3, 0)


async def test_the_same_picture_sent_twice_at_once_is_kept_once(store: Store) -> None:
    found = await asyncio.gather(*(index(store, at(0.1), at(0.5)) for _ in range(4)))

    assert all(ids == found[0] for ids in found)
    assert await counts(store) == (2, 0)


async def test_a_face_without_a_name_is_a_member_of_its_own(store: Store) -> None:
    first, second = await index(store, at(0.1), at(0.5))

    assert await members(store) == {first: 1, second: 1}


async def test_a_name_that_can_be_no_members_id_is_kept_and_not_used(store: Store) -> None:
    [face_id] = await index(store, at(0.1), external_id="..")

    assert await members(store) == {face_id: 1}
    assert (await store.face_book.page(STAFF, "", 10)).items[0].external_id == ".."


async def test_what_is_enrolled_is_known_by_the_members_id_and_what_is_indexed_is_searched(store: Store) -> None:
    enrolled = await enrol(store, "ana")
    [indexed] = await index(store, at(0.1, BOB), external_id="bob")

    known = {one.face_id: (one.external_id, one.user_id) for one in (await store.face_book.page(STAFF, "", 9)).items}
    [candidates] = await store.faces.nearest(STAFF, [probe(BOB)], MODEL, 1)

    assert known == {enrolled: ("ana", "ana"), indexed: ("bob", "")}
    assert candidates[0].member_id == "bob"


async def test_pages_go_on_where_the_last_ended(store: Store) -> None:
    ids = sorted(await index(store, *(at(0.2 * n) for n in range(5))))
    first = await store.face_book.page(STAFF, "", 2)
    second = await store.face_book.page(STAFF, first.next_cursor, 2)
    third = await store.face_book.page(STAFF, second.next_cursor, 2)

    pages = [[one.face_id for one in page.items] for page in (first, second, third)]

    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert third.next_cursor == ""


async def test_deleting_a_face_takes_the_holder_along_and_leaves_users_faces(store: Store) -> None:
    enrolled = await enrol(store, "ana")
    first, second = await index(store, at(0.1), at(0.5), external_id="party")

    done = await store.face_book.delete(STAFF, [first, enrolled, NOBODY, "no uuid", first])

    assert done.done == (first,)
    assert [(one.face_id, one.why) for one in done.refused] == [
        (enrolled, Refusal.OF_ANOTHER),
        (NOBODY, Refusal.NOT_FOUND),
        ("no uuid", Refusal.NOT_FOUND),
    ]
    assert await members(store) == {"ana": 1, "party": 1}
    await store.members.delete_face(STAFF, second)
    assert await members(store) == {"ana": 1}


async def test_a_holder_who_is_enrolled_is_a_user_from_then_on(store: Store) -> None:
    [held] = await index(store, at(0.1), external_id="ana")
    assert await counts(store) == (1, 0)

    await enrol(store, "ana")

    assert await counts(store) == (2, 1)
    assert await owner(store, held) == ""
    assert [(user.user_id, user.faces) for user in (await store.users.page(STAFF, "", 9)).items] == [("ana", 1)]


async def test_a_user_is_made_once(store: Store) -> None:
    await store.users.create(STAFF, "ana", None)

    with pytest.raises(Conflict):
        await store.users.create(STAFF, "ana", None)
    assert await counts(store) == (0, 1)


async def test_a_holder_becomes_a_user_whose_faces_are_still_nobodys(store: Store) -> None:
    [held] = await index(store, at(0.1), external_id="ana")

    await store.users.create(STAFF, "ana", None)

    assert await counts(store) == (1, 1)
    assert await owner(store, held) == ""


async def test_faces_become_a_users_if_they_are_alike(store: Store) -> None:
    await store.users.create(STAFF, "ana", None)
    first, second, other = await index(store, at(0.1), at(0.4, "1 0.1 0 0"), at(0.7, BOB))
    bobs = await enrol(store, "bob", BOB)

    begun = await store.users.associate(STAFF, "ana", [first], 0.5, None)
    done = await store.users.associate(STAFF, "ana", [first, second, other, bobs, NOBODY], 0.5, None)

    assert begun == Changed((first,), (), 1)
    assert (done.done, done.faces) == ((second,), 2)
    assert [(one.face_id, one.why, one.user_id) for one in done.refused] == [
        (other, Refusal.UNLIKE, ""),
        (bobs, Refusal.OF_ANOTHER, "bob"),
        (NOBODY, Refusal.NOT_FOUND, ""),
    ]
    assert await members(store) == {"ana": 2, "bob": 1, other: 1}


async def test_a_user_has_a_hundred_faces_at_most(store: Store) -> None:
    await store.users.create(STAFF, "ana", None)
    ids = await index(store, *(at(0.3 * n) for n in range(101)))

    done = await store.users.associate(STAFF, "ana", ids, ANY, None)

    assert len(done.done) == 100
    assert done.refused == (Refused(ids[-1], Refusal.TOO_MANY),)
    with pytest.raises(QuotaExceeded):
        await store.users.associate(STAFF, "ana", ids[-1:], ANY, None)


async def test_faces_go_back_to_where_they_were(store: Store) -> None:
    await store.users.create(STAFF, "ana", None)
    named = await index(store, at(0.1), external_id="party")
    bare = await index(store, at(0.1), digest="bb")
    before = await members(store)
    await store.users.associate(STAFF, "ana", named + bare, ANY, None)
    assert await members(store) == {"ana": 2}

    done = await store.users.dissociate(STAFF, "ana", [*named, *bare, NOBODY], None)

    assert done == Changed((*named, *bare), (Refused(NOBODY, Refusal.NOT_FOUND),), 0)
    assert await members(store) == before


async def test_an_enrolled_face_that_is_taken_away_lies_with_its_member_and_may_be_enrolled_again(store: Store) -> None:
    enrolled = await enrol(store, "ana")

    await store.users.dissociate(STAFF, "ana", [enrolled], None)
    again = await enrol(store, "ana")

    assert again != enrolled
    assert (await owner(store, enrolled), await owner(store, again)) == ("", "ana")
    await store.users.associate(STAFF, "ana", [enrolled], ANY, None)
    assert await owner(store, enrolled) == "ana"


async def test_a_user_who_is_deleted_leaves_the_faces(store: Store) -> None:
    enrolled = await enrol(store, "ana")
    await store.users.create(STAFF, "bob", None)
    named = await index(store, at(0.1), external_id="party")
    await store.users.associate(STAFF, "bob", named, ANY, None)

    await store.users.delete(STAFF, "ana", None)
    await store.users.delete(STAFF, "bob", None)

    assert await counts(store) == (2, 0)
    assert await members(store) == {"ana": 1, "party": 1}
    assert (await store.face_book.delete(STAFF, [enrolled, *named])).done == (enrolled, *named)
    assert await members(store) == {}
    with pytest.raises(MemberNotFound):
        await store.users.delete(STAFF, "ana", None)


async def test_faces_move_whichever_way_many_pull_them(store: Store) -> None:
    ids = await index(store, *(at(0.2 * n) for n in range(4)))
    for user_id in ("ana", "bob"):
        await store.users.create(STAFF, user_id, None)

    async def pull(user_id: str) -> None:
        for _ in range(5):
            await store.users.associate(STAFF, user_id, ids, ANY, None)
            await store.users.dissociate(STAFF, user_id, ids, None)

    await asyncio.gather(pull("ana"), pull("bob"), *(index(store, at(0.2 * n)) for n in range(4)))

    assert await counts(store) == (4, 2)
    assert await members(store) == {"ana": 0, "bob": 0, **dict.fromkeys(ids, 1)}


async def test_a_holder_is_not_dropped_under_a_face_that_comes(store: Store) -> None:
    async def come_and_go(n: int) -> None:
        ids = await index(store, at(0.1), digest=f"{n}", external_id="party")
        if n % 2:
            await store.face_book.delete(STAFF, ids)

    await asyncio.gather(*map(come_and_go, range(12)))

    assert await members(store) == {"party": 6}


async def test_a_request_with_a_token_is_done_once(store: Store) -> None:
    once, other = Once("AssociateFaces", "token", "a"), Once("AssociateFaces", "token", "b")
    await store.users.create(STAFF, "ana", Once("CreateUser", "token", "a"))
    ids = [*await index(store, at(0.1)), NOBODY]

    answers = await asyncio.gather(
        *(store.users.associate(STAFF, "ana", ids, ANY, once) for _ in range(3)),
        *(store.users.create(STAFF, "ana", Once("CreateUser", "token", "a")) for _ in range(3)),
    )
    await store.users.dissociate(STAFF, "ana", ids, None)

    assert answers[:3] == [answers[0]] * 3
    assert await store.users.associate(STAFF, "ana", ids, ANY, once) == answers[0]
    assert await counts(store) == (1, 1)
    with pytest.raises(TokenReused):
        await store.users.associate(STAFF, "ana", ids, ANY, other)


async def test_a_request_that_failed_may_come_again_with_its_token(store: Store) -> None:
    once = Once("AssociateFaces", "token", "a")
    ids = await index(store, at(0.1))
    with pytest.raises(MemberNotFound):
        await store.users.associate(STAFF, "ana", ids, ANY, once)
    await store.users.create(STAFF, "ana", None)

    assert (await store.users.associate(STAFF, "ana", ids, ANY, once)).done == tuple(ids)


async def test_tokens_are_forgotten(store: Store) -> None:
    await store.users.create(STAFF, "ana", Once("CreateUser", "token", "a"))

    await store.users.forget_tokens(1)
    await store.users.create(STAFF, "ana", Once("CreateUser", "token", "a"))
    await store.users.forget_tokens(0)

    with pytest.raises(Conflict):
        await store.users.create(STAFF, "ana", Once("CreateUser", "token", "a"))


async def test_galleries_are_no_collections_here(store: Store) -> None:
    gallery = CollectionRef("default", "party")
    await store.collections.put(gallery, Kind.GALLERY)
    await store.collections.put(CollectionRef("default", "wanted"), Kind.BLACKLIST)

    shown = [one.name for one in (await store.face_book.collections("default", "", 10)).items]

    assert shown == ["default", "staff", "wanted"]
    for call in (
        store.face_book.collection(gallery),
        store.face_book.delete_collection(gallery),
        store.face_book.page(gallery, "", 1),
        store.face_book.delete(gallery, [NOBODY]),
        store.face_book.index(gallery, Shown("aa", ""), [at(0.1)], MODEL),
        store.face_book.embedding(gallery, NOBODY, MODEL),
        store.users.create(gallery, "ana", None),
        store.users.page(gallery, "", 1),
    ):
        with pytest.raises(CollectionNotFound):
            await call
    with pytest.raises(Conflict):
        await store.face_book.create(gallery)


async def test_the_default_collection_is_emptied_and_stays(store: Store) -> None:
    default = CollectionRef("default", "default")
    await store.face_book.index(default, Shown("aa", ""), [at(0.1)], MODEL)

    await store.face_book.delete_collection(default)

    assert (await store.face_book.collection(default)).faces == 0


async def test_an_embedding_is_that_of_the_face(store: Store) -> None:
    [face_id] = await index(store, at(0.1, BOB))

    assert np.allclose(await store.face_book.embedding(STAFF, face_id, MODEL), probe(BOB), atol=1e-3)
    with pytest.raises(FaceNotFound):
        await store.face_book.embedding(STAFF, "no uuid", MODEL)
    with pytest.raises(ModelMismatch):
        await store.face_book.embedding(STAFF, face_id, OTHER_MODEL)
    with pytest.raises(ModelMismatch):
        await store.face_book.index(STAFF, Shown("cc", ""), [face("1 0 0 0 0 0")], OTHER_MODEL)


async def test_a_face_embedded_anew_is_still_whose_it_was(store: Store) -> None:
    ids = await index(store, at(0.1), at(0.5, BOB), external_id="party")
    await store.users.create(STAFF, "ana", None)
    await store.users.associate(STAFF, "ana", ids[:1], ANY, None)
    job = await store.jobs.open("default", Order(JobKind.REINDEX, STAFF.name, {}))
    await store.jobs.start("default", job.job_id)
    await store.reindex.enlist(STAFF, job.job_id, OTHER_MODEL)
    for item in await store.items.claim("default", job.job_id, ["1", "2"]):
        original = await store.reindex.original(STAFF, item.key)
        assert original
        assert original.picture == "aa"
        await store.reindex.put(STAFF, job.job_id, item, face("0 0 1 0 0 0"), OTHER_MODEL)
    await store.items.listed("default", job.job_id, 2, 0)
    # While both models' faces are there, they move together.
    await store.users.associate(STAFF, "ana", ids[1:], ANY, None)
    await store.reindex.finish(STAFF, job.job_id, OTHER_MODEL, partial=False)

    known = (await store.face_book.page(STAFF, "", 10)).items

    assert [(one.user_id, one.external_id) for one in known] == [("ana", "party")] * 2
    assert {one.recogniser for one in known} == {OTHER_MODEL.recogniser_sha256}


async def test_keys_are_made_found_and_taken_away(store: Store, pooled_url: str) -> None:
    key, secret = await store.access_keys.create("default", "importer")

    with psycopg.connect(pooled_url) as conn:
        conn.execute("select set_config('face.tenant', '*', true)")
        [kept] = conn.execute("select secret from face.access_key").fetchone() or ("",)
    assert SEAL.opened(kept, "access_key", "default", key.access_key_id) == secret
    assert (await store.access_keys.signer(key.access_key_id)).secret == secret
    assert [one.name for one in (await store.access_keys.page("default", "", 10)).items] == ["importer"]
    await store.access_keys.delete("default", key.access_key_id)
    for gone in (
        store.access_keys.signer(key.access_key_id),
        store.access_keys.delete("default", key.access_key_id),
    ):
        with pytest.raises(AccessKeyNotFound):
            await gone


@pytest.mark.parametrize("backend", [Backend.PGVECTOR, Backend.FAISS])
async def test_an_index_finds_the_same_faces_and_users(database_url: str, tmp_path: Path, backend: Backend) -> None:
    random = np.random.default_rng(7)
    async with (
        open_store(database_url, pool_size=4, timeout=5) as store,
        open_pool(database_url, size=4, timeout=5) as pool,
        open_search(pool, store.faces, Options(backend, tmp_path, least=1), sampled=0, keep=False) as search,
    ):
        await store.face_book.create(STAFF)
        vectors = [" ".join(map(str, random.normal(size=4))) for _ in range(60)]
        ids = [(await index(store, at(0.1, vector), digest=f"{n}"))[0] for n, vector in enumerate(vectors)]
        for n in range(5):
            await store.users.create(STAFF, f"user {n}", None)
            await store.users.associate(STAFF, f"user {n}", ids[3 * n : 3 * n + 3], ANY, None)
        if backend is Backend.FAISS:
            await search.refresh()
            assert search.keeper.find(STAFF, MODEL) is not None
        late = (await index(store, at(0.1, "0 0 1 0"), digest="late"))[0]
        await store.face_book.delete(STAFF, ids[-5:])
        kept = np.array([[float(x) for x in vector.split()] for vector in vectors[:-5]])
        kept /= np.linalg.norm(kept, axis=1, keepdims=True)

        found = await search.near.faces(STAFF, probe("0 0 1 0"), MODEL, 100)
        users = await search.near.users(STAFF, probe("0 0 1 0"), MODEL, 3)

        order = sorted([(1.0, late), *zip(kept[:, 2].tolist(), ids, strict=False)], reverse=True)
        assert [hit.face.face_id for hit in found] == [face_id for _, face_id in order]
        means = {f"user {n}": kept[3 * n : 3 * n + 3].mean(axis=0) for n in range(5)}
        likeness = {user_id: mean[2] / np.linalg.norm(mean) for user_id, mean in means.items()}
        assert [hit.user_id for hit in users] == sorted(likeness, key=lambda one: -likeness[one])[:3]
        assert [hit.similarity for hit in users] == pytest.approx(sorted(likeness.values())[::-1][:3], abs=2e-3)
        mean = await store.users.mean(STAFF, "user 1", MODEL)
        assert mean is not None
        assert np.allclose(mean, means["user 1"] / np.linalg.norm(means["user 1"]), atol=2e-3)


async def test_nothing_is_searched_in_what_is_not_there(store: Store) -> None:
    nowhere = CollectionRef("default", "nowhere")

    with pytest.raises(CollectionNotFound):
        await store.near.faces(nowhere, probe(ANA), MODEL, 1)
    assert await store.near.users(STAFF, probe(ANA), MODEL, 1) == []
    with pytest.raises(MemberNotFound):
        await store.users.mean(STAFF, "ana", MODEL)
    await store.users.create(STAFF, "ana", None)
    assert await store.users.mean(STAFF, "ana", MODEL) is None


async def test_a_user_of_another_model_is_not_compared(store: Store) -> None:
    await enrol(store, "ana")

    with pytest.raises(ModelMismatch):
        await store.users.mean(STAFF, "ana", OTHER_MODEL)
    with pytest.raises(ModelMismatch):
        await store.near.faces(STAFF, probe("1 0 0 0 0 0"), OTHER_MODEL, 1)
