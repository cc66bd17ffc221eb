-- name: find_schemas
select true from pg_catalog.pg_namespace where nspname = any(%(names)s);
