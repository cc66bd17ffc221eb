-- name: enlist_faces
-- Some of the faces that have no twin by the model yet, by id, and the last of them.
with bare as (
    select f.face_id, f.member_id
      from collection c
      join face f on f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id
     where c.tenant_id = %(tenant)s and c.name = %(collection)s and c.model_id <> %(model_id)s
       and f.face_id > %(after)s::uuid
       and not exists (
           select from face twin
            where twin.tenant_id = f.tenant_id and twin.collection = f.collection and twin.member_id = f.member_id
              and twin.digest = f.digest and twin.model_id = %(model_id)s)
     order by f.face_id
     limit %(limit)s
),
enlisted as (
    insert into job_item as i (tenant_id, job_id, key, member_id)
    select j.tenant_id, j.job_id, bare.face_id::text, bare.member_id
      from bare
      join job j on j.tenant_id = %(tenant)s and j.job_id = %(job_id)s
     order by bare.face_id
        on conflict (tenant_id, job_id, key) do update set state = 'pending' where i.state = 'done'
    returning item_id::text
)
select coalesce((select array_agg(item_id) from enlisted), '{}') as items,
       (select face_id::text from bare order by face_id desc limit 1) as last;

-- name: original
select f.member_id, f.digest, f.source, f.box_left, f.box_top, f.box_width, f.box_height
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s;

-- name: lock_member
-- Whoever deletes or replaces faces of the member waits.
select true
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
   for no key update;

-- name: put_twin
-- Nothing where the original is gone.
insert into face (
    tenant_id, collection, member_id, model_id, digest, embedding, box_left, box_top, box_width, box_height, landmarks,
    det_score, quality, reasons, source, created_at, image_id, external_id, associated, remote_id
)
select f.tenant_id, f.collection, f.member_id, %(model_id)s, f.digest, %(embedding)s::halfvec, %(left)s, %(top)s,
       %(width)s, %(height)s, %(landmarks)s::real[], %(det_score)s, %(quality)s, %(reasons)s::text[], f.source,
       f.created_at, f.image_id, f.external_id, f.associated, %(remote_id)s
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s
    on conflict (tenant_id, collection, member_id, digest, model_id) do nothing;

-- name: nothing_left
select true
  from job j
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s and j.state = 'running' and j.listed
   and not exists (
       select from job_item i
        where i.tenant_id = j.tenant_id and i.job_id = j.job_id and i.state in ('pending', 'processing'));

-- name: take_your_time
select set_config('statement_timeout', '0', true);

-- name: switch_collection
-- No row comes back where it has that model already.
update collection
   set model_id = %(model_id)s
 where tenant_id = %(tenant)s and name = %(collection)s and model_id <> %(model_id)s
returning name;

-- name: drop_others
-- Faces of other models: those that were searched so far, and what broken-off attempts have left.
delete from face where tenant_id = %(tenant)s and collection = %(collection)s and model_id <> %(model_id)s;

-- name: forget_processed
-- The photos of a gallery were matched by the model before.
delete from processing_cache c
 using gallery g
 where g.tenant_id = %(tenant)s and g.collection = %(collection)s and c.tenant_id = g.tenant_id
   and c.gallery_id = g.gallery_id;

-- name: report_switch
update job
   set result = %(result)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s;
