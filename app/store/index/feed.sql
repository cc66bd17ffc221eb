-- name: origin
-- Which database this is and since when its server runs. Nothing that a later dump or backup could bring back.
select floor(extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text || '/' || oid::text
  from pg_catalog.pg_database
 where datname = current_database();

-- name: begin_reading
-- One state of the database for all that follows, as long as it takes.
begin isolation level repeatable read read only;
select set_config('search_path', 'face, extensions, public', true),
       set_config('statement_timeout', '0', true),
       set_config('face.tenant', %(tenant)s, true),
       set_config('role', %(role)s, true);

-- name: snapshot
select pg_current_snapshot()::text;

-- name: survey
-- Every collection with at least so many faces that are searched, with the model they are of.
select f.tenant_id, f.collection, f.model_id, m.recogniser_sha256, m.dimensions, count(*) as faces
  from face f
  join model m on m.tenant_id = f.tenant_id and m.model_id = f.model_id
  join collection c on c.tenant_id = f.tenant_id and c.name = f.collection and c.model_id = f.model_id
 where f.embedding is not null
 group by f.tenant_id, f.collection, f.model_id, m.recogniser_sha256, m.dimensions
having count(*) >= %(least)s
 order by faces desc;

-- name: sample
-- Ids are random, so those below a bound are a fair sample.
select f.face_id, hashtext(f.member_id), f.embedding
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
   and f.face_id <= %(bound)s::uuid;

-- name: whole
select f.face_id, hashtext(f.member_id), f.embedding
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s;

-- name: changes
-- The faces that were not to be seen in an earlier snapshot and are now, beside what is seen now. One statement sees
-- one state, so nothing falls between the two. One row without a face where there are none.
select pg_current_snapshot()::text as until,
       floor(extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text || '/' || here.oid::text as origin,
       uuid_send(late.face_id) as face, late.member, halfvec_send(late.embedding) as vector
  from pg_catalog.pg_database here
  left join lateral (
       select f.face_id, hashtext(f.member_id) as member, f.embedding
         from face f
        where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
          and f.stamp >= pg_snapshot_xmin(%(since)s::pg_snapshot)::text::bigint
          and not pg_visible_in_snapshot(f.added, %(since)s::pg_snapshot)
        limit %(most)s
       ) as late on true
 where here.datname = current_database();

-- name: erased_since
-- Whether somebody was erased from the collection whom an earlier snapshot may still show.
select exists (
    select from erasure e
     where e.tenant_id = %(tenant)s and e.collection = %(collection)s
       and not pg_visible_in_snapshot(e.added, %(since)s::pg_snapshot));

-- name: analyze
-- What the planner knows of the faces. After a bulk load it knows nothing for a minute, and an index that is tried then
-- seems ten times slower than it is.
analyze (skip_locked) face.face;
