-- name: nearest_faces
-- All faces looked at, one by one. Materialized: see nearest_members. The embedding is not answered.
with probe as materialized (select %(probe)s::halfvec as vector),
near as materialized (
    select f.face_id, f.embedding <=> probe.vector as distance
      from probe
      join face f on f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
     order by distance, f.face_id
     limit %(limit)s
)
select k.face_id, k.member_id, k.image_id, k.external_id, k.digest, k.box_left, k.box_top, k.box_width, k.box_height,
       k.det_score, k.associated, k.recogniser_sha256, 1 - near.distance as similarity
  from near
  join known_face k on k.tenant_id = %(tenant)s and k.face_id = near.face_id
 order by near.distance, near.face_id;

-- name: nearest_users
with probe as materialized (select %(probe)s::halfvec as vector),
mean as materialized (
    select f.member_id, avg(f.embedding) as vector
      from face f
     where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s and f.associated
    group by f.member_id
)
select mean.member_id, 1 - (mean.vector <=> probe.vector) as similarity
  from mean, probe
 order by mean.vector <=> probe.vector, mean.member_id
 limit %(limit)s;

-- name: rerank_faces
-- Candidates, compared in full. alive: how many of them are still kept.
with probe as materialized (select %(probe)s::halfvec as vector),
near as materialized (
    select f.face_id, f.embedding <=> probe.vector as distance
      from probe
     cross join unnest(%(faces)s::uuid[]) as chosen (face_id)
      join face f on f.tenant_id = %(tenant)s and f.face_id = chosen.face_id
     where f.collection = %(collection)s and f.model_id = %(model_id)s
)
select k.face_id, k.member_id, k.image_id, k.external_id, k.digest, k.box_left, k.box_top, k.box_width, k.box_height,
       k.det_score, k.associated, k.recogniser_sha256, 1 - best.distance as similarity,
       (select count(*) from near) as alive
  from (select face_id, distance from near order by distance, face_id limit %(limit)s) as best
  join known_face k on k.tenant_id = %(tenant)s and k.face_id = best.face_id
 order by best.distance, best.face_id;

-- name: rerank_users
-- Those to whom any of the candidates belongs, by the mean of all their faces.
with probe as materialized (select %(probe)s::halfvec as vector),
alive as materialized (
    select f.member_id, f.associated
      from unnest(%(faces)s::uuid[]) as chosen (face_id)
      join face f on f.tenant_id = %(tenant)s and f.face_id = chosen.face_id
     where f.collection = %(collection)s and f.model_id = %(model_id)s
),
mean as materialized (
    select f.member_id, avg(f.embedding) as vector
      from face f
     where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s and f.associated
       and f.member_id in (select member_id from alive where associated)
    group by f.member_id
)
select mean.member_id, 1 - (mean.vector <=> probe.vector) as similarity, (select count(*) from alive) as alive
  from mean, probe
 order by mean.vector <=> probe.vector, mean.member_id
 limit %(limit)s;
