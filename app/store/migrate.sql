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
-- everything in the first schema.
select set_config('search_path', %(path)s, true);

-- name: record
insert into face.schema_migration (name, digest) values (%(name)s, %(digest)s);
