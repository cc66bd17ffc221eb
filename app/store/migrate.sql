-- name: lock
-- One process migrates at a time. Held by the transaction: a pooler would lose a lock of the session.
-- The number only has to be nobody else's: it is "face" in ASCII.
select pg_advisory_xact_lock(1717658469);

-- name: find_table
select true from pg_catalog.pg_tables where schemaname = 'face' and tablename = 'schema_migration';

-- name: list_applied
select name, digest from face.schema_migration;

-- name: create_schema
create schema if not exists face;

-- name: create_queue_schema
create schema if not exists face_queue;

-- name: create_table
create table if not exists face.schema_migration (
    name text collate "C" not null primary key,
    digest text collate "C" not null,
    applied_at timestamptz not null default now()
);

-- name: find_pgvector
select extversion from pg_catalog.pg_extension where extname = 'vector';

-- name: find_extensions_schema
-- Supabase keeps extensions apart from what its HTTP API shows.
select true from pg_catalog.pg_namespace where nspname = 'extensions';

-- name: create_pgvector_aside
create extension if not exists vector schema extensions;

-- name: create_pgvector
create extension if not exists vector schema public;

-- name: set_search_path
-- Our own migrations name tables in full, and this is for pgvector's types, wherever they are; those of the queue make
-- everything in the first schema. What they change is everybody's.
select set_config('search_path', %(path)s, true), set_config('face.tenant', '*', true);

-- name: make_role
-- Whom the service becomes in each transaction, so that row-level security binds it whoever it connects as. Roles are the
-- whole server's: another database may have made it, or be at it. Who may not make one needs none, see pool.isolation.
do $do$
declare
    able text := case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end;
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'face_service') then
        create role face_service nologin;
    end if;
    if not pg_catalog.pg_has_role(current_user, 'face_service', able) then
        grant face_service to current_user;
    end if;
exception
    when insufficient_privilege or duplicate_object or unique_violation or invalid_grant_operation then null;
end
$do$;

-- name: has_grants
-- Null where there is no such role.
select (select pg_catalog.has_table_privilege(oid, 'face.schema_migration', 'select')
          from pg_catalog.pg_roles
         where rolname = 'face_service');

-- name: grant_role
-- Rows, not tables: it can make, change or drop none. Of the queue it needs what its library needs.
grant usage on schema face, face_queue to face_service;
grant select, insert, update, delete on all tables in schema face, face_queue to face_service;
grant usage on all sequences in schema face, face_queue to face_service;
revoke insert, update, delete on face.schema_migration from face_service;
revoke update, delete on face.audit from face_service;
revoke delete on face.audit_book from face_service;

-- name: record
insert into face.schema_migration (name, digest) values (%(name)s, %(digest)s);
