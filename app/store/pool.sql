-- name: begin
-- Whatever a pooler did to the connection's settings, these hold, and only until the transaction ends.
-- pgvector stands in `extensions` at Supabase, in `public` elsewhere; a schema that is not there does no harm. The
-- queue's functions and tables are called without their schema.
begin;
select set_config('search_path', 'face, extensions, public, face_queue', true),
       set_config('statement_timeout', %(milliseconds)s, true),
       set_config('face.tenant', %(tenant)s, true),
       set_config('role', %(role)s, true);

-- name: isolation
-- Whether the user may become face_service (and not only be its member, from Postgres 16 on), and whether row-level
-- security binds the user as it is.
select coalesce((select pg_catalog.pg_has_role(
                    me.oid, r.oid,
                    case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)
                   from pg_catalog.pg_roles r
                  where r.rolname = 'face_service'), false),
       not (me.rolsuper or me.rolbypassrls)
  from pg_catalog.pg_roles me
 where me.rolname = current_user;
