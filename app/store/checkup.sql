-- name: look_into
-- On behalf of all tenants: whoever is bound by row-level security sees nothing otherwise.
select set_config('search_path', %(path)s, false), set_config('face.tenant', '*', false);

-- name: pgvector
select extversion from pg_catalog.pg_extension where extname = 'vector';

-- name: now
select clock_timestamp();

-- name: broken_indexes
-- What a failed CREATE INDEX CONCURRENTLY, or a crash of a damaged disk, leaves: it is kept up to date and never used.
select c.oid::regclass::text
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname in ('face', 'face_queue') and not (i.indisvalid and i.indisready)
 order by 1;

-- name: other_models
select c.tenant_id || '/' || c.name
  from collection c
  join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where m.recogniser_sha256 <> all(%(digests)s)
 order by 1
 limit 20;

-- name: sources
select min(source) from gallery group by split_part(source, '/', 1), split_part(source, '/', 3) order by 1 limit 20;

-- name: known_there
select remote_name from remote_collection where alive order by 1 limit 20;

-- name: failing_webhooks
select w.tenant_id, w.webhook_id, w.url, last.error
  from webhook w
  join lateral (
       select d.error, d.state, d.attempts
         from delivery d
        where d.tenant_id = w.tenant_id and d.webhook_id = w.webhook_id
        order by d.created_at desc
        limit 1) as last on last.state = 'failed' or last.state = 'pending' and last.attempts > 0
 order by 1, 2
 limit 20;

-- name: dead_letters
select kind, count
  from (select 'jobs', count(*) from job where state = 'failed'
        union all
        select 'photos', count(*) from photo where state = 'error'
        union all
        select 'items', count(*) from job_item where state = 'error'
        union all
        select 'deliveries', count(*) from delivery where state = 'failed') as dead (kind, count)
 where count > 0;

-- name: idle_queue
select count(*)
  from procrastinate_jobs
 where status = 'todo' and coalesce(scheduled_at, now()) <= now()
   and not exists (
       select from procrastinate_workers where last_heartbeat > now() - make_interval(secs => %(seconds)s));
