-- name: ping
select true;

-- name: describe
select current_setting('server_version'), (select extversion from pg_catalog.pg_extension where extname = 'vector');

-- name: count
select (select count(*) from collection) as collections,
       (select count(*) from member) as members,
       (select count(*) from face) as faces,
       (select count(*) from gallery) as galleries,
       (select count(*) from photo) as photos;

-- name: estimate
-- As `count`; but where there are many, as Postgres last counted: that takes no time, and nobody asks for the last row.
with known as (
    select relname, reltuples::bigint as rows
      from pg_catalog.pg_class
     where relnamespace = 'face'::regnamespace and relname in ('collection', 'member', 'face', 'gallery', 'photo')
)
select (select case when rows > 100000 then rows else (select count(*) from collection) end
          from known where relname = 'collection') as collections,
       (select case when rows > 100000 then rows else (select count(*) from member) end
          from known where relname = 'member') as members,
       (select case when rows > 100000 then rows else (select count(*) from face) end
          from known where relname = 'face') as faces,
       (select case when rows > 100000 then rows else (select count(*) from gallery) end
          from known where relname = 'gallery') as galleries,
       (select case when rows > 100000 then rows else (select count(*) from photo) end
          from known where relname = 'photo') as photos;

-- name: backlog
-- The queue holds what is not done yet and nothing else, so that counting it is quick. Of the due tasks of a lane and
-- kind the one with the least number was put there first.
with waiting as (
    select id, queue_name as lane, priority > 0 as urgent, scheduled_at, status,
           status = 'todo' and coalesce(scheduled_at, now()) <= now() as due
      from procrastinate_jobs
     where status in ('todo', 'doing')
),
counted as (
    select lane as name, count(*) filter (where due) as due, count(*) filter (where status = 'todo' and not due) as later,
           count(*) filter (where status = 'doing') as in_hand
      from waiting
     group by lane
),
first as (
    select urgent, min(id) as id from waiting where due group by urgent
),
age as (
    select first.urgent, extract(epoch from now() - max(greatest(e.at, w.scheduled_at)))::double precision as seconds
      from first
      join waiting w on w.id = first.id
      join procrastinate_events e on e.job_id = first.id
     group by first.urgent
)
select (select coalesce(json_agg(counted), '[]') from counted) as lanes,
       coalesce((select seconds from age where urgent), 0) as urgent_seconds,
       coalesce((select seconds from age where not urgent), 0) as bulk_seconds,
       (select count(*) from procrastinate_workers
         where last_heartbeat > now() - make_interval(secs => %(seconds)s)) as workers,
       json_build_object(
           'jobs', (select count(*) from job where state = 'failed'),
           'photos', (select count(*) from photo where state = 'error'),
           'items', (select count(*) from job_item where state = 'error'),
           'deliveries', (select count(*) from delivery where state = 'failed')) as dead_letters;

-- name: queue_depth
select count(*) from procrastinate_jobs where status = 'todo';
