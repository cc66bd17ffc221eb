-- name: page_collections
select c.name, c.created_at, coalesce(m.recogniser_sha256, '') as recogniser, 0 as faces, 0 as users
  from collection c
  left join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name > %(after)s and c.kind <> 'gallery'
 order by c.name
 limit %(limit)s;

-- name: get_collection
select c.name, c.created_at, coalesce(m.recogniser_sha256, '') as recogniser,
       (select count(*)
          from face f
         where f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id) as faces,
       (select count(*)
          from member u
         where u.tenant_id = c.tenant_id and u.collection = c.name and u.is_user) as users
  from collection c
  left join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s and c.kind <> 'gallery';

-- name: has_collection
select true from collection where tenant_id = %(tenant)s and name = %(collection)s and kind <> 'gallery';

-- name: create_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(collection)s, 'members')
    on conflict (tenant_id, name) do nothing
returning name;

-- name: delete_collection
-- Members and faces go with it, by their foreign keys.
delete from collection
 where tenant_id = %(tenant)s and name = %(collection)s and kind <> 'gallery'
returning name;

-- name: take_turns
-- The same picture sent twice at once: the second sees what the first has kept.
select pg_advisory_xact_lock(hashtextextended(%(image_id)s, 0));

-- name: faces_of_image
select k.*
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.image_id = %(image_id)s::uuid
   and k.model_id = %(model_id)s;

-- name: keep_holder
-- The row stays locked, so that whoever finds the holder empty waits.
insert into member as m (tenant_id, collection, member_id, name, metadata, is_user)
values (%(tenant)s, %(collection)s, %(member_id)s, '', '{}', false)
    on conflict (tenant_id, collection, member_id) do update set updated_at = now();

-- name: keep_indexed
insert into face (
    tenant_id, face_id, collection, member_id, model_id, digest, embedding, box_left, box_top, box_width, box_height,
    landmarks, det_score, quality, reasons, source, image_id, external_id, associated
)
values (
    %(tenant)s, %(face_id)s::uuid, %(collection)s, %(member_id)s, %(model_id)s, %(digest)s, %(embedding)s::halfvec,
    %(left)s, %(top)s, %(width)s, %(height)s, %(landmarks)s::real[], %(det_score)s, %(quality)s, %(reasons)s::text[],
    %(source)s, %(image_id)s::uuid, %(external_id)s, false
);

-- name: page_known
select k.*
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id > %(after)s::uuid
 order by k.face_id
 limit %(limit)s;

-- name: page_of_user
select k.*
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id > %(after)s::uuid
   and k.member_id = %(user_id)s and k.associated
 order by k.face_id
 limit %(limit)s;

-- name: page_named
select k.*
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id > %(after)s::uuid
   and k.face_id = any(%(face_ids)s::uuid[]) and (%(user_id)s = '' or k.member_id = %(user_id)s and k.associated)
 order by k.face_id
 limit %(limit)s;

-- name: has_user
select true
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(user_id)s and is_user;

-- name: lock_members_of
-- With whom the faces lie, in one order for all who lock them.
select m.member_id
  from member m
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s
   and m.member_id in (
       select f.member_id
         from face f
        where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = any(%(face_ids)s::uuid[]))
 order by m.member_id
   for update;

-- name: owners
select k.face_id::text, case when k.associated then k.member_id else '' end as user_id
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id = any(%(face_ids)s::uuid[]);

-- name: delete_faces
-- And their twins by another model.
delete from face f
 using face gone
 where gone.tenant_id = %(tenant)s and gone.collection = %(collection)s and gone.face_id = any(%(face_ids)s::uuid[])
   and f.tenant_id = gone.tenant_id and f.collection = gone.collection and f.member_id = gone.member_id
   and f.digest = gone.digest;

-- name: drop_empty_holders
-- A statement after the one that locked them: what was kept meanwhile is seen.
delete from member m
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = any(%(members)s) and not m.is_user
   and not exists (
       select from face f
        where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id);

-- name: embedding
select k.embedding::text, k.recogniser_sha256
  from known_face k
 where k.tenant_id = %(tenant)s and k.collection = %(collection)s and k.face_id = %(face_id)s::uuid;
