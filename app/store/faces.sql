-- name: lock_collection
-- Return the model if the collection is pinned to it already, and keep the collection from being deleted or pinned
-- anew until the end. Enrolments do not wait for each other here.
select c.model_id
  from collection c
  join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s and m.recogniser_sha256 = %(recogniser)s
   for key share of c;

-- name: add_model
insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)
values (%(tenant)s, %(model)s, %(recogniser)s, %(dimensions)s, %(licence)s, %(commercial)s)
    on conflict (tenant_id, recogniser_sha256) do nothing;

-- name: make_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(collection)s, 'members')
    on conflict (tenant_id, name) do nothing;

-- name: own_collection
-- Wait for those who enrol, and keep others from enrolling until the end.
select model_id from collection where tenant_id = %(tenant)s and name = %(collection)s for update;

-- name: pin_collection
-- Pin it to the model, unless it has faces of another; then no row comes back. A statement of its own, after the one
-- that waited: it sees what those have kept who were waited for.
update collection c
   set model_id = m.model_id
  from model m
 where c.tenant_id = %(tenant)s and c.name = %(collection)s and m.tenant_id = c.tenant_id
   and m.recogniser_sha256 = %(recogniser)s
   and (c.model_id = m.model_id
        or not exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name))
returning c.model_id;

-- name: keep_member
-- Null leaves what is kept as it is. The row stays locked, so that enrolments of one member take turns.
insert into member as m (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(member_id)s, coalesce(%(name)s, ''), coalesce(%(metadata)s, '{}'::jsonb))
    on conflict (tenant_id, collection, member_id) do update
   set name = coalesce(%(name)s, m.name), metadata = coalesce(%(metadata)s, m.metadata), is_user = true,
       updated_at = now();

-- name: keep_face
-- Return the face's id, also where the same picture was kept before.
with kept as (
    insert into face (
        tenant_id, collection, member_id, model_id, digest, embedding, box_left, box_top, box_width, box_height,
        landmarks, det_score, quality, reasons, source, remote_id
    )
    values (
        %(tenant)s, %(collection)s, %(member_id)s, %(model_id)s, %(digest)s, %(embedding)s::halfvec, %(left)s, %(top)s,
        %(width)s, %(height)s, %(landmarks)s::real[], %(det_score)s, %(quality)s, %(reasons)s::text[], %(source)s,
        %(remote_id)s
    )
    on conflict (tenant_id, collection, member_id, digest, model_id) do nothing
    returning face_id
)
select face_id::text from kept
union all
select face_id::text
  from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
   and digest = %(digest)s and model_id = %(model_id)s;

-- name: drop_other_faces
-- And their twins by another model.
delete from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
   and face_id <> %(face_id)s::uuid;

-- name: describe_collection
-- What a search meets: whether there are faces, whose, and whether this model made them.
select m.model_id, m.recogniser_sha256 is distinct from %(recogniser)s as foreign_model, m.name as model_name,
       exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name) as occupied
  from collection c
  left join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s;

-- name: nearest_members
-- The best members of every probe, each by the best of their faces, all faces looked at: nothing is approximate.
-- `<=>` is cosine distance. Which face it was is asked only for the members that are returned.
-- Materialized: the text would be read as a vector again for every face otherwise, twenty times slower; and a planner
-- without statistics, as after a bulk load, would search the collection again for every member of it.
-- `offset 0` has the distances taken before the grouping: sorting the vectors themselves would go to disk.
with probe as materialized (
    select number, vector::halfvec as vector from unnest(%(probes)s::text[]) with ordinality as given (vector, number)
),
best as materialized (
    select probe.number, near.member_id, near.distance
      from probe
     cross join lateral (
           select far.member_id, min(far.distance) as distance
             from (
                  select f.member_id, f.embedding <=> probe.vector as distance
                    from face f
                   where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
                  offset 0
                  ) as far
            group by far.member_id
            order by distance, far.member_id
            limit %(limit)s
           ) as near
)
select best.number, best.member_id, m.name, face.face_id::text, 1 - best.distance as similarity
  from best
  join probe on probe.number = best.number
 cross join lateral (
       select f.face_id
         from face f
        where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
          and f.member_id = best.member_id
        order by f.embedding <=> probe.vector, f.face_id
        limit 1
       ) as face
  join member m on m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = best.member_id
 order by best.number, best.distance, best.member_id;

-- name: best_of_member
select 1 - min(f.embedding <=> %(probe)s::halfvec) as similarity
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
   and f.member_id = %(member_id)s;

-- name: count_faces
select count(*)
  from collection c
  join face f on f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s;
