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

-- name: queue_depth
select count(*) from procrastinate_jobs where status = 'todo';
