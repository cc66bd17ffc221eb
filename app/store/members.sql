-- name: has_collection
select true from collection where tenant_id = %(tenant)s and name = %(collection)s;

-- name: page_members
select m.member_id, m.name, m.metadata, m.created_at, m.updated_at,
       (select count(*)
          from face f
         where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id
           and f.model_id = c.model_id) as faces
  from member m
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id > %(after)s
 order by m.member_id
 limit %(limit)s;

-- name: get_member
select m.member_id, m.name, m.metadata, m.created_at, m.updated_at,
       (select count(*)
          from face f
         where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id
           and f.model_id = c.model_id) as faces
  from member m
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = %(member_id)s;

-- name: update_member
-- Null leaves a column as it is.
update member
   set name = coalesce(%(name)s, name), metadata = coalesce(%(metadata)s, metadata), updated_at = now()
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: delete_member
-- The faces go with it, by their foreign key.
delete from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
returning member_id;

-- name: page_faces
-- Those that are searched, oldest first. Faces of one transaction have one time, so the id decides.
select f.face_id::text, f.member_id, f.box_left, f.box_top, f.box_width, f.box_height, f.det_score, f.quality,
       f.source, m.name as model, f.created_at
  from face f
  join model m on m.tenant_id = f.tenant_id and m.model_id = f.model_id
  join collection c on c.tenant_id = f.tenant_id and c.name = f.collection and c.model_id = f.model_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.member_id = %(member_id)s
   and (f.created_at, f.face_id) > (%(after_time)s::timestamptz, %(after_face)s::uuid)
 order by f.created_at, f.face_id
 limit %(limit)s;

-- name: original
select f.member_id, f.digest, f.source, f.box_left, f.box_top, f.box_width, f.box_height
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s;

-- name: lock_face
-- Which picture of which member it is of. The member stays locked, so that no twin comes of what is about to go.
select f.member_id, f.digest
  from face f
  join member m on m.tenant_id = f.tenant_id and m.collection = f.collection and m.member_id = f.member_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s
   for no key update of m;

-- name: delete_face
-- And its twin by another model.
delete from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s and digest = %(digest)s
returning face_id;

-- name: drop_empty_holder
-- A member whom nobody asked for, and whose last face it was.
delete from member m
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = %(member_id)s and not m.is_user
   and not exists (
       select from face f
        where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id);
