-- name: find_remote_collection
select remote_name from remote_collection where tenant_id = %(tenant)s and collection = %(collection)s and alive;

-- name: put_remote_collection
-- Nothing where another was faster.
insert into remote_collection (tenant_id, remote_name, collection, model_version)
values (%(tenant)s, %(remote_name)s, %(collection)s, %(version)s)
    on conflict (tenant_id, collection) where alive do nothing;

-- name: remote_collections
select tenant_id, collection, remote_name, alive from remote_collection order by tenant_id, collection, remote_name;

-- name: drop_remote_collection
delete from remote_collection where tenant_id = %(tenant)s and remote_name = %(remote_name)s;

-- name: is_gallery
select c.kind = 'gallery' from collection c where c.tenant_id = %(tenant)s and c.name = %(collection)s;

-- name: kept_already
select remote_id::text
  from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s and digest = %(digest)s
   and model_id = %(model_id)s;

-- name: whose
-- Whose faces these are, as far as they are kept here.
select f.remote_id::text, f.member_id, m.name, f.face_id::text
  from face f
  join member m on m.tenant_id = f.tenant_id and m.collection = f.collection and m.member_id = f.member_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.remote_id = any(%(remote_ids)s::uuid[]);

-- name: has_faces
-- Of a member that AWS keeps.
select true
  from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s and remote_id is not null
 limit 1;

-- name: holds_any
select exists (
       select from face
        where tenant_id = %(tenant)s and collection = %(collection)s and remote_id is not null)
    or exists (
       select from photo_face
        where tenant_id = %(tenant)s and 'gallery.' || gallery_id = %(collection)s and remote_id is not null);

-- name: doom
-- To be deleted, unless somebody keeps it by then.
insert into doomed_face (tenant_id, collection, remote_id, due_at)
select %(tenant)s, %(collection)s, id, now() + make_interval(secs => %(seconds)s)
  from unnest(%(remote_ids)s::uuid[]) as id
    on conflict (tenant_id, collection, remote_id) do update set due_at = excluded.due_at;

-- name: claim_doomed
-- Some that are due, in the hands of the caller for a minute. held: somebody keeps it after all.
with due as (
    select tenant_id, collection, remote_id
      from doomed_face
     where due_at <= now()
     order by due_at
     limit %(limit)s
       for update skip locked
)
update doomed_face d
   set due_at = now() + interval '1 minute'
  from due
 where d.tenant_id = due.tenant_id and d.collection = due.collection and d.remote_id = due.remote_id
returning d.tenant_id, d.collection, d.remote_id::text,
          exists (select from face f where f.tenant_id = d.tenant_id and f.remote_id = d.remote_id)
          or exists (select from photo_face f where f.tenant_id = d.tenant_id and f.remote_id = d.remote_id) as held;

-- name: forget_doomed
delete from doomed_face
 where tenant_id = %(tenant)s and collection = %(collection)s and remote_id = any(%(remote_ids)s::uuid[]);

-- name: forget_likenesses
with gone as (
    delete from likeness
     where tenant_id = %(tenant)s and remote_id = any(%(remote_ids)s::uuid[])
    returning remote_id, other_id
)
delete from likeness l
 using gone
 where l.tenant_id = %(tenant)s and l.remote_id = gone.other_id and l.other_id = gone.remote_id;

-- name: put_likenesses
insert into likeness (tenant_id, remote_id, other_id, similarity)
select %(tenant)s, pair.remote_id, pair.other_id, pair.similarity
  from unnest(%(remote_ids)s::uuid[], %(other_ids)s::uuid[], %(similarities)s::float8[])
       as pair (remote_id, other_id, similarity)
 order by pair.remote_id, pair.other_id
    on conflict (tenant_id, remote_id, other_id) do update set similarity = excluded.similarity;

-- name: faces_here
-- What AWS should have of a collection: faces of members, and of a gallery's photos. doomed: not ours any more, or not yet.
select f.remote_id::text, f.face_id::text, false as doomed
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.remote_id is not null
 union all
select f.remote_id::text, '' as face_id, false as doomed
  from photo_face f
 where f.tenant_id = %(tenant)s and 'gallery.' || f.gallery_id = %(collection)s and f.remote_id is not null
 union all
select d.remote_id::text, '' as face_id, true as doomed
  from doomed_face d
 where d.tenant_id = %(tenant)s and d.collection = %(collection)s;

-- name: lost_face
-- Where the picture of a member's face is that AWS lost.
select f.member_id, f.digest, f.source, f.box_left, f.box_top, f.box_width, f.box_height
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s::uuid;

-- name: renew_remote_id
update face
   set remote_id = %(remote_id)s
 where tenant_id = %(tenant)s and collection = %(collection)s and face_id = %(face_id)s::uuid
returning face_id;

-- name: forget_lost_photos
-- Photos of which AWS lost a face are processed again at the next run.
delete from processing_cache c
 using photo p, photo_face f
 where f.tenant_id = %(tenant)s and f.remote_id = any(%(remote_ids)s::uuid[])
   and p.tenant_id = f.tenant_id and p.photo_id = f.photo_id
   and c.tenant_id = p.tenant_id and c.gallery_id = p.gallery_id and c.key = p.key;
