-- name: rerank
-- The best members among candidate faces, by the best of all their faces: what an exact search would say of them.
-- alive: how many of the candidates are still kept.
with probe as materialized (
    select number, vector::halfvec as vector from unnest(%(probes)s::text[]) with ordinality as given (vector, number)
),
alive as materialized (
    select chosen.number, f.member_id, f.embedding <=> probe.vector as distance
      from unnest(%(numbers)s::bigint[], %(faces)s::uuid[]) as chosen (number, face_id)
      join probe on probe.number = chosen.number
      join face f on f.tenant_id = %(tenant)s and f.face_id = chosen.face_id
     where f.collection = %(collection)s and f.model_id = %(model_id)s
),
best as materialized (
    select number, member_id
      from (
           select number, member_id, row_number() over (partition by number order by min(distance), member_id) as place
             from alive
            group by number, member_id
           ) as ranked
     where place <= %(limit)s
)
select best.number, best.member_id, m.name, face.face_id::text, 1 - face.distance as similarity,
       (select count(*) from alive) as alive
  from best
  join probe on probe.number = best.number
 cross join lateral (
       select f.face_id, f.embedding <=> probe.vector as distance
         from face f
        where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
          and f.member_id = best.member_id
        order by distance, f.face_id
        limit 1
       ) as face
  join member m on m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = best.member_id
 order by best.number, face.distance, best.member_id;

-- name: alive
select uuid_send(f.face_id) from face f where f.tenant_id = %(tenant)s and f.face_id = any(%(faces)s::uuid[]);
