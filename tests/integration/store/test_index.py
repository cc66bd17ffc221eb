"""An index in memory beside a real Postgres: it is never behind, and where it cannot answer, Postgres does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
import pytest

from app.domain.collections import CollectionRef, Model
from app.domain.errors import CollectionNotFound, IndexNotReady
from app.domain.faces import EmbeddedFace, Embedding, unit
from app.domain.members import MemberDraft, Origin
from app.domain.search import Backend
from app.store.embedded import EmbeddedPostgres
from app.store.faces import PgFaceStore
from app.store.index import build, feed, live
from app.store.index.feed import Shelf
from app.store.index.keeper import Options
from app.store.index.open import Search, open_search
from app.store.members import PgMemberStore
from app.store.migrate import migrate
from app.store.open import open_store
from app.store.pool import open_pool
from tests.contract.stores import STAFF, face

MODEL = Model("lite", "cc" * 32, 16, "MIT", commercial=True)
NEIGHBOURS = CollectionRef("neighbour", STAFF.name)
CROWD = 400

Open = Callable[..., AbstractAsyncContextManager["Bench"]]


class Bench:
    """Searching through an index and nothing else, and the short ways to enrol and to ask."""

    def __init__(self, search: Search, members: PgMemberStore, url: str) -> None:
        self.search = search
        self.members = members
        self.url = url

    async def enrol(
        self, member_id: str, vector: Embedding, *, into: CollectionRef = STAFF, replace: bool = False
    ) -> str:
        origin = Origin(sha256(vector.tobytes()).hexdigest(), "upload")
        return await self.search.faces.keep(
            into, MemberDraft(member_id), embedded(vector), origin, MODEL, replace=replace
        )

    async def who(self, vector: Embedding, *, limit: int = 1, ref: CollectionRef = STAFF) -> list[str]:
        """Members, nearest first, as the index says. Raises IndexNotReady rather than ask Postgres alone."""
        (found,) = await self.search.strict.nearest(ref, [vector], MODEL, limit)
        return [candidate.member_id for candidate in found]

    def fill(self, count: int = CROWD, ref: CollectionRef = STAFF) -> None:
        """So many members with a face each, as a restore would write them."""
        with psycopg.connect(self.url) as conn:
            conn.execute("set search_path to face, extensions, public")
            conn.execute(
                "insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)"
                " values (%s, 'lite', %s, 16, 'MIT', true) on conflict do nothing",
                [ref.tenant, MODEL.recogniser_sha256],
            )
            conn.execute(
                "insert into collection select tenant_id, %s, 'members', model_id from model where tenant_id = %s"
                " and recogniser_sha256 = %s on conflict do nothing",
                [ref.name, ref.tenant, MODEL.recogniser_sha256],
            )
            for number in range(count):
                _insert(conn, ref, f"m{number}", some(number))


@pytest.fixture
def opened(database_url: str, tmp_path: Path) -> Open:
    with psycopg.connect(database_url) as conn:
        conn.execute("insert into face.tenant (tenant_id) values ('neighbour')")
    return lambda **options: bench(database_url, tmp_path / "index", **options)


@pytest.fixture
async def at(opened: Open) -> AsyncIterator[Bench]:
    """A collection of some size, indexed."""
    async with opened() as found:
        found.fill()
        await found.search.refresh()
        yield found


@asynccontextmanager
async def bench(
    url: str, folder: Path, *, backend: Backend = Backend.FAISS, dimensions: int = 128, sampled: float = 0
) -> AsyncIterator[Bench]:
    options = Options(backend, folder, dimensions, least=1)
    async with (
        open_pool(url, size=8, timeout=5) as pool,
        open_search(pool, PgFaceStore(pool), options, sampled=sampled, keep=False) as search,
    ):
        yield Bench(search, PgMemberStore(pool), url)


def some(seed: int) -> Embedding:
    """A direction of its own for every number."""
    return unit(np.random.default_rng(seed).standard_normal(16))


def embedded(vector: Embedding) -> EmbeddedFace:
    return replace(face("1 0 0 0"), embedding=vector)


def _insert(conn: psycopg.Connection, ref: CollectionRef, member_id: str, vector: Embedding) -> None:
    conn.execute(
        "insert into face.member values (%s, %s, %s, '', '{}') on conflict do nothing",
        [ref.tenant, ref.name, member_id],
    )
    conn.execute(
        "insert into face.face select m.tenant_id, gen_random_uuid(),"
        " %(collection)s, %(member)s, m.model_id, %(digest)s, %(vector)s::halfvec,"
        " 0, 0, 1, 1, array_fill(0, array[10]), 1, 1, '{}', '' from face.model m"
        " where m.tenant_id = %(tenant)s and m.recogniser_sha256 = %(recogniser)s",
        {
            "collection": ref.name,
            "member": member_id,
            "digest": sha256(vector.tobytes()).hexdigest(),
            "vector": str(vector.tolist()),
            "tenant": ref.tenant,
            "recogniser": MODEL.recogniser_sha256,
        },
    )


async def test_what_was_there_before_it_was_built_is_found(at: Bench) -> None:
    found = [await at.who(some(number)) for number in range(0, CROWD, 37)]

    assert found == [[f"m{number}"] for number in range(0, CROWD, 37)]


async def test_its_answers_are_those_of_an_exact_search(at: Bench) -> None:
    probes = [some(seed) for seed in range(1_000, 1_020)]

    indexed = await at.search.strict.nearest(STAFF, probes, MODEL, 7)

    assert indexed == await at.search.exact.nearest(STAFF, probes, MODEL, 7)


async def test_a_face_enrolled_later_is_found_by_the_very_next_search(at: Bench) -> None:
    await at.enrol("late", some(-1 & 0xFFFF))

    assert await at.who(some(-1 & 0xFFFF)) == ["late"]


async def test_while_many_enrol_at_once_each_is_found_as_soon_as_it_is_acknowledged(at: Bench) -> None:
    async def enrol_and_look(number: int) -> list[str]:
        await at.enrol(f"new{number}", some(5_000 + number))
        return await at.who(some(5_000 + number))

    async def several(first: int) -> list[list[str]]:
        return [await enrol_and_look(number) for number in range(first, first + 40)]

    found = await asyncio.gather(*(several(first) for first in range(0, 240, 40)))

    assert [one for part in found for one in part] == [[f"new{number}"] for number in range(240)]


async def test_a_transaction_that_is_overtaken_by_later_ones_is_not_overlooked(at: Bench) -> None:
    with psycopg.connect(at.url) as slow:
        slow.execute("set search_path to face, extensions, public")
        _insert(slow, STAFF, "slow", some(7_001))
        await at.enrol("quick", some(7_002))
        before = await at.who(some(7_001))
        assert await at.who(some(7_002)) == ["quick"]

        slow.commit()

    assert before != ["slow"]
    assert await at.who(some(7_001)) == ["slow"]


async def test_somebody_deleted_is_not_found_any_more(at: Bench) -> None:
    await at.members.delete(STAFF, "m7")

    assert await at.who(some(7)) != ["m7"]
    assert await at.who(some(8)) == ["m8"]


async def test_the_faces_of_somebody_deleted_do_not_hide_who_is_next(at: Bench) -> None:
    near = [unit(some(3) + 0.2 * some(9_000 + number)) for number in range(600)]
    with psycopg.connect(at.url) as conn:
        conn.execute("set search_path to face, extensions, public")
        for vector in near:
            _insert(conn, STAFF, "many", vector)
    await at.search.refresh()
    assert await at.who(near[0]) == ["many"]

    await at.members.delete(STAFF, "many")

    assert await at.who(near[0]) == ["m3"]


async def test_one_with_hundreds_of_faces_does_not_crowd_out_the_others(at: Bench) -> None:
    with psycopg.connect(at.url) as conn:
        conn.execute("set search_path to face, extensions, public")
        for number in range(700):
            _insert(conn, STAFF, "many", unit(some(3) + 0.2 * some(9_000 + number)))

    found = await at.who(some(3), limit=6)

    exact = await at.search.exact.nearest(STAFF, [some(3)], MODEL, 6)
    assert found == [candidate.member_id for candidate in exact[0]]


async def test_replacing_a_face_drops_the_old_one(at: Bench) -> None:
    await at.enrol("m5", some(8_000), replace=True)

    assert await at.who(some(8_000)) == ["m5"]
    assert await at.who(some(5)) != ["m5"]


async def test_a_face_whose_embedding_is_written_anew_is_found_where_it_is_now(at: Bench) -> None:
    with psycopg.connect(at.url) as conn:
        conn.execute("set search_path to face, extensions, public")
        conn.execute("update face set embedding = %s where member_id = 'm9'", [str(some(8_009).tolist())])

    assert await at.who(some(8_009)) == ["m9"]
    assert await at.who(some(9)) != ["m9"]


async def test_a_collection_that_is_deleted_is_gone_with_its_index(at: Bench, tmp_path: Path) -> None:
    async with open_store(at.url, pool_size=2, timeout=5) as store:
        await store.collections.delete(STAFF)

    with pytest.raises(CollectionNotFound):
        await at.who(some(1))
    await at.search.refresh()
    assert at.search.state().indexes == ()
    assert list((tmp_path / "index").iterdir()) == []


async def test_a_collection_made_anew_under_the_same_name_shows_nobody_of_the_old_one(at: Bench) -> None:
    async with open_store(at.url, pool_size=2, timeout=5) as store:
        await store.collections.delete(STAFF)

    await at.enrol("fresh", some(1))

    assert await at.who(some(1), limit=50) == ["fresh"]


async def test_tenants_do_not_see_each_other(at: Bench) -> None:
    at.fill(30, NEIGHBOURS)
    await at.enrol("theirs", some(77_777), into=NEIGHBOURS)
    await at.search.refresh()

    assert await at.who(some(77_777), ref=NEIGHBOURS) == ["theirs"]
    assert "theirs" not in await at.who(some(77_777), limit=CROWD)
    assert len(await at.who(some(1), ref=NEIGHBOURS, limit=CROWD)) == 31


async def test_more_changes_than_a_search_can_take_in_are_left_to_postgres_until_it_has_caught_up(
    at: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_CHANGES", 10)
    for number in range(11):
        await at.enrol(f"new{number}", some(6_000 + number))

    (answered,) = await at.search.faces.nearest(STAFF, [some(6_003)], MODEL, 1)
    with pytest.raises(IndexNotReady):
        await at.who(some(6_003))
    await at.search.refresh()

    assert [candidate.member_id for candidate in answered] == ["new3"]
    assert await at.who(some(6_003)) == ["new3"]


async def test_late_faces_that_fill_several_shards_are_all_found(at: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "OPEN_ROWS", 16)
    at.search.keeper.make_anew(STAFF, MODEL)
    await at.search.refresh()

    for number in range(100):
        await at.enrol(f"new{number}", some(6_000 + number))
        if number % 9 == 0:
            assert await at.who(some(6_000 + number)) == [f"new{number}"]

    assert [await at.who(some(6_000 + n)) for n in range(100)] == [[f"new{n}"] for n in range(100)]


async def test_after_a_restart_the_files_are_used_again_and_what_came_meanwhile_is_found(
    opened: Open, tmp_path: Path
) -> None:
    async with opened() as first:
        first.fill()
        await first.search.refresh()
    built = segments(tmp_path)

    async with opened() as second:
        await second.enrol("meanwhile", some(4_000))
        await second.members.delete(STAFF, "m3")
        await second.search.refresh()

        assert segments(tmp_path) == built
        assert await second.who(some(4_000)) == ["meanwhile"]
        assert await second.who(some(3)) != ["m3"]


async def test_of_two_processes_one_builds_and_both_answer(opened: Open, tmp_path: Path) -> None:
    async with opened() as first, opened() as second:
        first.fill()
        await first.search.refresh()
        built = segments(tmp_path)
        await second.search.refresh()

        await first.enrol("late", some(4_000))

        assert segments(tmp_path) == built
        assert await second.who(some(4_000)) == ["late"]


async def test_when_the_owner_is_gone_another_builds(opened: Open, tmp_path: Path) -> None:
    async with opened() as second:
        async with opened() as first:
            first.fill()
            await first.search.refresh()
            built = segments(tmp_path)
            await second.search.refresh()
        second.search.keeper.make_anew(STAFF, MODEL)

        await second.search.refresh()

        assert segments(tmp_path) != built
        assert await second.who(some(11)) == ["m11"]


async def test_files_that_are_not_whole_are_made_anew(opened: Open, tmp_path: Path) -> None:
    async with opened() as first:
        first.fill()
        await first.search.refresh()
    [folder] = segments(tmp_path)
    codes = folder / "0.codes"
    codes.write_bytes(codes.read_bytes()[:-100])

    async with opened() as second:
        await second.search.refresh()

        assert await second.who(some(11)) == ["m11"]


async def test_files_of_another_database_are_not_used(opened: Open, empty_database_url: str, tmp_path: Path) -> None:
    async with opened() as first:
        first.fill()
        await first.search.refresh()
    migrate(empty_database_url)

    async with bench(empty_database_url, tmp_path / "index") as other:
        other.fill(50)
        await other.enrol("only here", some(90_000))
        await other.search.refresh()

        assert await other.who(some(90_000)) == ["only here"]
        assert len(await other.who(some(1), limit=CROWD)) == 51


async def test_after_a_restart_of_the_server_nothing_is_answered_from_what_was_known_before(
    own_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    url = own_postgres.start()
    migrate(url)
    async with bench(url, tmp_path / "index") as at:
        at.fill(50)
        await at.search.refresh()
        own_postgres.stop()
        again = EmbeddedPostgres(own_postgres.folder)
        with again:
            (found,) = await at.search.faces.nearest(STAFF, [some(7)], MODEL, 1)
            with pytest.raises(IndexNotReady):
                await at.who(some(7))
            await at.search.refresh()

            assert [candidate.member_id for candidate in found] == ["m7"]
            assert await at.who(some(7)) == ["m7"]


async def test_too_few_dimensions_are_noticed_before_they_do_harm(opened: Open) -> None:
    async with opened(dimensions=1) as at:
        at.fill(3_000)

        for _ in range(5):
            await at.search.refresh()

        [state] = at.search.state().indexes
        assert state.ready
        assert state.trial
        assert state.trial.recall >= 0.99
        assert await at.who(some(123)) == ["m123"]


async def test_a_share_of_the_answers_is_checked_against_an_exact_search(opened: Open) -> None:
    async with opened(sampled=0.5) as at:
        at.fill()
        await at.search.refresh()

        for number in range(10):
            await at.who(some(number))
            await at.search.recall.settle()

        assert (at.search.state().sampled, at.search.state().recall) == (5, 1.0)


async def test_an_answer_that_overlooks_somebody_shows_in_the_recall(at: Bench) -> None:
    at.search.recall._share = 1
    at.search.recall.consider(STAFF, some(1), MODEL, [])
    await at.search.recall.settle()

    assert at.search.recall.mean == 0.0


async def test_left_to_itself_it_uses_an_index_only_where_that_is_faster(opened: Open) -> None:
    async with opened(backend=Backend.AUTO) as at:
        at.fill(40)
        await at.search.refresh()

        state = at.search.state()
        [index] = state.indexes
        assert index.trial
        assert index.ready == (index.trial.index_ms < index.trial.exact_ms)
        assert state.switch_faces
        (found,) = await at.search.faces.nearest(STAFF, [some(7)], MODEL, 1)
        assert [candidate.member_id for candidate in found] == ["m7"]


async def test_without_an_index_postgres_answers_and_a_search_that_insists_on_one_is_refused(opened: Open) -> None:
    async with opened() as at:
        at.fill(20)

        (found,) = await at.search.faces.nearest(STAFF, [some(7)], MODEL, 1)
        with pytest.raises(IndexNotReady):
            await at.who(some(7))
        with pytest.raises(CollectionNotFound):
            await at.who(some(7), ref=CollectionRef("default", "nowhere"))

        assert [candidate.member_id for candidate in found] == ["m7"]


async def test_the_files_hold_nobody_who_was_erased(at: Bench, tmp_path: Path) -> None:
    erased = await at.enrol("m1", some(CROWD))
    at.search.keeper.make_anew(STAFF, MODEL)
    await at.search.refresh()
    before = written_faces(tmp_path)

    with psycopg.connect(at.url) as conn:
        conn.execute("set search_path to face")
        conn.execute("delete from member where member_id = 'm1'")
        conn.execute("insert into erasure values ('default', gen_random_uuid(), 'staff', '', '{}', '', now())")
    await at.search.refresh()
    after = written_faces(tmp_path)
    await at.search.refresh()

    assert (UUID(erased).bytes in before, UUID(erased).bytes in after) == (True, False)
    assert len(after) == CROWD - 1
    assert await at.who(some(2)) == ["m2"]
    [remade] = (tmp_path / "index").glob("*/*/meta.json")
    assert at.search.keeper._entries[STAFF, MODEL.recogniser_sha256].path == remade.parent


async def test_files_of_a_collection_that_became_small_while_nobody_looked_are_removed(
    opened: Open, tmp_path: Path
) -> None:
    async with opened() as first:
        first.fill()
        await first.search.refresh()
        assert written_faces(tmp_path)
    async with opened() as second:
        with psycopg.connect(second.url) as conn:
            conn.execute("delete from face.member")
        await second.search.refresh()

    assert not list((tmp_path / "index").iterdir())


def written_faces(tmp_path: Path) -> set[bytes]:
    """The ids of all faces in the files."""
    files = (tmp_path / "index").glob("*/*/faces.npy")
    return {bytes(row) for file in files for row in np.load(file).reshape(-1, 16)}


async def test_the_files_are_for_the_owner_alone(at: Bench, tmp_path: Path) -> None:
    [folder] = segments(tmp_path)

    assert {path.stat().st_mode & 0o077 for path in (folder, folder.parent)} == {0}


def segments(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("index/*/*") if path.name.isdigit())


async def test_building_is_given_up_when_the_service_stops(at: Bench, tmp_path: Path) -> None:
    shelf = Shelf("default", STAFF.name, 1, MODEL.recogniser_sha256, 16, CROWD)

    with pytest.raises(build.Abandoned):
        await asyncio.to_thread(build.build, at.search.pool, shelf, tmp_path / "other", 16, lambda: True)

    assert build.newest(tmp_path / "other") is None
