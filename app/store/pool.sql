-- name: begin
-- Whatever a pooler did to the connection's settings, these hold, and only until the transaction ends.
-- pgvector stands in `extensions` at Supabase, in `public` elsewhere; a schema that is not there does no harm. The
-- queue's functions and tables are called without their schema.
begin;
select set_config('search_path', 'face, extensions, public, face_queue', true),
       set_config('statement_timeout', %(milliseconds)s, true),
       set_config('face.tenant', %(tenant)s, true);
