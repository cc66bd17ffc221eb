"""What the database itself keeps apart, whatever is asked of it.

Both ways in are tried: as a superuser, who becomes face_service, and as the mere owner, whom the policies bind.
"""

from collections.abc import AsyncIterator

import psycopg
import pytest

from app.domain.errors import DatabaseUnavailable
from app.store.embedded import EmbeddedPostgres
from app.store.index import feed
from app.store.migrate import migrate
from app.store.pool import EVERYBODY, NOBODY_ELSE, ROLE, Pool, everybody, open_pool, transaction
from app.store.tenants import PgTenantStore
from tests.integration.store.test_queries import query

TENANTS = ("default", "acme")
WITHOUT_A_TENANT = {"schema_migration"}
"""What was done to the schema: nobody's data."""


@pytest.fixture(params=["database_url", "pooled_url"])
async def pool(request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    """Two tenants whose ids are all the same."""
    async with open_pool(request.getfixturevalue(request.param), size=2, timeout=5) as pool:
        assert pool.role == (ROLE if request.param == "database_url" else NOBODY_ELSE)
        async with everybody(pool) as conn:
            await conn.execute("insert into tenant values ('acme')")
            await conn.execute(
                "insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)"
                " select tenant_id, 'lite', 'aa', 4, 'MIT', true from tenant"
            )
            await conn.execute(
                "insert into collection (tenant_id, name, kind, model_id)"
                " select tenant_id, 'same', 'members', model_id from model"
            )
            await conn.execute("insert into member select tenant_id, 'same', 'ann', tenant_id, '{}' from tenant")
            await conn.execute(
                "insert into face (tenant_id, face_id, collection, member_id, model_id, digest, embedding, box_left,"
                " box_top, box_width, box_height, landmarks, det_score, quality, reasons, source)"
                " select tenant_id, '00000000-0000-4000-8000-000000000001', 'same', 'ann', model_id, 'd', '[1,0,0,0]',"
                " 0, 0, 1, 1, array_fill(0, array[10]), 1, 1, '{}', '' from model"
            )
        yield pool


async def fetch(conn: psycopg.AsyncConnection, text: str) -> list[tuple[object, ...]]:
    return await (await conn.execute(text.encode())).fetchall()


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("table", ["member", "face", "collection", "model", "tenant"])
async def test_a_forgotten_where_leaks_nothing(tenant: str, table: str, pool: Pool) -> None:
    async with transaction(pool, tenant) as conn:
        rows = await fetch(conn, f"select distinct tenant_id from face.{table}")

    assert rows == [(tenant,)]


@pytest.mark.parametrize("statement", ["update member set name = 'x'", "delete from member"])
async def test_a_forgotten_where_changes_nothing_of_others(statement: str, pool: Pool) -> None:
    async with transaction(pool, "acme") as conn:
        changed = await conn.execute(statement.encode())

    assert changed.rowcount == 1
    async with everybody(pool) as conn:
        rows = await fetch(conn, "select name from member where tenant_id = 'default'")
    assert rows == [("default",)]


async def test_nothing_is_written_on_behalf_of_others(pool: Pool) -> None:
    for statement in (
        "insert into member values ('default', 'same', 'bob', '', '{}')",
        "update member set tenant_id = 'default', member_id = 'eve'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with transaction(pool, "acme") as conn:
                await conn.execute(statement.encode())


async def test_who_says_of_no_tenant_sees_nothing(pool: Pool) -> None:
    async with transaction(pool, "") as conn:
        assert await fetch(conn, "select * from face.member") == []


async def test_work_for_everybody_sees_all_and_no_tenant_can_be_called_so(pool: Pool) -> None:
    async with everybody(pool) as conn:
        assert await fetch(conn, "select count(*) from member") == [(2,)]
    with pytest.raises(ValueError, match="no tenant"):
        async with transaction(pool, EVERYBODY):
            pass


async def test_a_tenant_goes_with_all_that_is_theirs_and_with_nothing_else(pool: Pool) -> None:
    await PgTenantStore(pool).delete("acme")

    async with everybody(pool) as conn:
        assert await fetch(conn, "select tenant_id from face.face") == [("default",)]
        assert await fetch(conn, "select tenant_id from model") == [("default",)]


async def test_an_index_is_made_of_one_tenants_faces(pool: Pool) -> None:
    with psycopg.connect(pool.database_url, autocommit=True, prepare_threshold=None) as conn:
        feed.begin(conn, EVERYBODY, pool.role)
        shelves = feed.survey(conn, 1)
        conn.execute("rollback")
        feed.begin(conn, "acme", pool.role)
        seen = {shelf.tenant_id: len(feed.sample(conn, shelf, 10)) for shelf in shelves}

    assert seen == {"default": 0, "acme": 1}


async def test_every_table_has_a_policy_that_binds_its_owner_too(pool: Pool) -> None:
    async with everybody(pool) as conn:
        rows = await fetch(
            conn,
            "select c.relname, c.relrowsecurity and c.relforcerowsecurity,"
            " array(select pg_get_expr(p.polqual, p.polrelid) from pg_policy p where p.polrelid = c.oid),"
            " array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = 1)"
            " from pg_class c where c.relnamespace = 'face'::regnamespace and c.relkind in ('r', 'p')",
        )

    tables = {str(name): rest for name, *rest in rows}
    assert len(tables) > 20
    for name in tables.keys() - WITHOUT_A_TENANT:
        bound, policies, columns = tables[name]
        assert bound, f"{name}: end its migration with select face.isolate('face.{name}')"
        assert columns == ["tenant_id"]
        assert isinstance(policies, list)
        assert len(policies) == 1
        assert "face.tenant" in policies[0]


async def test_every_view_shows_what_its_reader_may_see(pool: Pool) -> None:
    async with everybody(pool) as conn:
        rows = await fetch(
            conn, "select relname, reloptions from pg_class where relnamespace = 'face'::regnamespace and relkind = 'v'"
        )

    assert {name for name, _ in rows} >= {"client_face", "unknown_member"}
    assert all("security_invoker=true" in (options or ()) for _, options in rows)  # type: ignore[operator]


async def test_the_role_can_change_rows_and_nothing_else(database_url: str) -> None:
    async with open_pool(database_url, size=1, timeout=5) as pool:
        for statement in (
            "drop table face.member",
            "alter table face.member disable row level security",
            "create table face.mine (x int)",
            "delete from face.schema_migration",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with transaction(pool, "default") as conn:
                    await conn.execute(statement.encode())


async def test_a_user_whom_nothing_would_bind_is_refused(own_postgres: EmbeddedPostgres) -> None:
    url = own_postgres.start()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("create role careless login bypassrls")
    careless = psycopg.conninfo.make_conninfo(url, options="-crole=careless")

    with pytest.raises(DatabaseUnavailable, match="CREATE ROLE face_service NOLOGIN"):
        async with open_pool(careless, size=1, timeout=5):
            pass

    migrate(url)
    async with open_pool(url, size=1, timeout=5) as pool:
        assert pool.role == ROLE


@pytest.mark.parametrize(
    ("module", "name", "index"),
    [
        ("faces", "nearest_members", "face_tenant_id_collection_member_id_digest_model_id_key"),
        ("faces", "best_of_member", "face_tenant_id_collection_member_id_digest_model_id_key"),
        ("members", "get_member", "member_pkey"),
        ("members", "page_members", "member_pkey"),
        ("index.feed", "changes", "face_stamp"),
        ("index.search", "rerank", "face_pkey"),
        ("keys", "find_key", "api_key_digest"),
    ],
)
async def test_the_policies_leave_hot_queries_their_indexes(module: str, name: str, index: str, pool: Pool) -> None:
    """A condition that the server does not take for leakproof may not be looked up in an index under a policy."""
    async with everybody(pool) as conn:
        await conn.execute(
            "insert into member select 'acme', 'same', 'm' || n, '', '{}' from generate_series(1, 2000) n"
        )
        await conn.execute(
            "insert into face select 'acme', gen_random_uuid(), 'same', m.member_id, f.model_id, 'd' || n, f.embedding,"
            " 0, 0, 1, 1, f.landmarks, 1, 1, '{}', '' from member m, face f, generate_series(1, 3) n"
            " where m.tenant_id = 'acme' and m.member_id <> 'ann' and f.tenant_id = 'acme'"
        )
        await conn.execute(
            "insert into api_key (tenant_id, digest, prefix, name, scopes, collections)"
            " select 'acme', 'k' || n, '', '', '{}', '{}' from generate_series(1, 2000) n"
        )
        (model,) = (await fetch(conn, "select model_id from model where tenant_id = 'acme'"))[0]
    with psycopg.connect(pool.database_url, prepare_threshold=None) as owner:
        owner.execute("analyze face.face, face.member, face.api_key")
    nil = "00000000-0000-0000-0000-000000000000"
    asked = {"tenant": "acme", "collection": "same", "model_id": model, "probes": ["[1,0,0,0]"], "probe": "[1,0,0,0]"}
    asked |= {"limit": 5, "member_id": "m7", "after": "m5", "most": 2001, "digest": "k7"}
    asked |= {"numbers": [1] * 100, "faces": [nil] * 100, "recogniser": "aa"}

    async with transaction(pool, "acme") as conn:
        (asked["since"],) = (await fetch(conn, "select pg_current_snapshot()::text"))[0]
        rows = await (await conn.execute(f"explain {query(module, name)}".encode(), asked)).fetchall()

    assert index in "\n".join(str(row) for row in rows)
