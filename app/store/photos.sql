-- name: enlist_photos
-- Take up what is new, changed or not done; leave what is done already or is in the hands of a job that lives.
with given as (
    select * from unnest(%(keys)s::text[], %(etags)s::text[], %(sizes)s::bigint[]) as object (key, etag, size)
)
insert into photo as p (tenant_id, gallery_id, key, etag, size, job_id)
select %(tenant)s, %(gallery_id)s, given.key, given.etag, given.size, %(job_id)s
  from given
 order by given.key
    on conflict (tenant_id, gallery_id, key) do update
   set etag = excluded.etag, size = excluded.size, state = 'pending', job_id = excluded.job_id, claims = 0,
       attempts = 0, error_code = null, error_detail = null, finished_at = null
 where p.job_id is distinct from excluded.job_id
   and (%(force)s
        or p.etag <> excluded.etag
        or p.state = 'error'
        or (p.state = 'done' and not exists (
            select from processing_cache c
             where c.tenant_id = p.tenant_id and c.gallery_id = p.gallery_id and c.key = p.key and c.etag = p.etag
               and c.model_id = %(model_id)s and c.threshold = %(threshold)s and c.max_faces = %(max_faces)s
               and c.expires_at > now()))
        or (p.state in ('pending', 'processing') and not exists (
            select from job j
             where j.tenant_id = p.tenant_id and j.job_id = p.job_id and j.state in ('queued', 'running'))))
returning photo_id::text;

-- name: left_photos
-- What a job took up and nobody has settled.
select photo_id::text
  from photo
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and job_id = %(job_id)s
   and state in ('pending', 'processing')
 order by key;

-- name: count_cached
-- What `enlist_photos` would leave alone since it is done.
select count(*)
  from unnest(%(keys)s::text[], %(etags)s::text[]) as object (key, etag)
  join photo p
    on p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.key = object.key and p.etag = object.etag
   and p.state = 'done'
  join processing_cache c
    on c.tenant_id = p.tenant_id and c.gallery_id = p.gallery_id and c.key = p.key and c.etag = p.etag
   and c.model_id = %(model_id)s and c.threshold = %(threshold)s and c.max_faces = %(max_faces)s
   and c.expires_at > now();

-- name: claim_photos
-- kept: its faces are here already, found in the same content by the same model; only who they are is to be chosen.
update photo p
   set state = 'processing', claims = claims + 1
  from job j
 where p.tenant_id = %(tenant)s and p.photo_id = any(%(photo_ids)s::uuid[]) and p.job_id = %(job_id)s
   and p.state in ('pending', 'processing')
   and j.tenant_id = p.tenant_id and j.job_id = p.job_id and j.state in ('queued', 'running')
returning p.photo_id::text, p.key, p.etag, p.claims, p.attempts,
          j.request -> 'force' is distinct from 'true'::jsonb and exists (
              select from processing_cache c
               where c.tenant_id = p.tenant_id and c.gallery_id = p.gallery_id and c.key = p.key and c.etag = p.etag
                 and c.model_id = %(model_id)s and c.max_faces = %(max_faces)s and c.expires_at > now()) as kept;

-- name: lock_photos
-- Those that are still in this job's hands. In one order, so that two who settle the same do not wait for each other.
select photo_id::text
  from photo
 where tenant_id = %(tenant)s and photo_id = any(%(photo_ids)s::uuid[]) and job_id = %(job_id)s
   and state = 'processing'
 order by photo_id
   for update;

-- name: drop_faces
delete from photo_face where tenant_id = %(tenant)s and photo_id = any(%(photo_ids)s::uuid[]);

-- name: put_faces
-- A face a row; what is an array of its own comes as text.
insert into photo_face (
    tenant_id, gallery_id, photo_id, model_id, embedding, remote_id, box_left, box_top, box_width, box_height,
    landmarks, det_score, quality, reasons
)
select %(tenant)s, %(gallery_id)s, photo_id, %(model_id)s, embedding::halfvec, remote_id, box_left, box_top, box_width,
       box_height, landmarks::real[], det_score, quality, reasons::text[]
  from unnest(
       %(of_photo)s::uuid[], %(embedding)s::text[], %(remote_id)s::uuid[], %(left)s::float8[], %(top)s::float8[], %(width)s::float8[],
       %(height)s::float8[], %(landmarks)s::text[], %(det_score)s::float8[], %(quality)s::float8[],
       %(reasons)s::text[]
       ) as found (
       photo_id, embedding, remote_id, box_left, box_top, box_width, box_height, landmarks, det_score, quality,
       reasons
       );

-- name: settle_photos
update photo p
   set state = 'done', etag = seen.etag, width = seen.width, height = seen.height,
       faces_detected = seen.faces_detected, error_code = null, error_detail = null, finished_at = now()
  from unnest(
       %(photo_ids)s::uuid[], %(etags)s::text[], %(widths)s::int[], %(heights)s::int[], %(counts)s::int[]
       ) as seen (photo_id, etag, width, height, faces_detected)
 where p.tenant_id = %(tenant)s and p.photo_id = seen.photo_id;

-- name: settle_kept
update photo
   set state = 'done', error_code = null, error_detail = null, finished_at = now()
 where tenant_id = %(tenant)s and photo_id = %(photo_id)s;

-- name: remember
insert into processing_cache (tenant_id, gallery_id, key, etag, model_id, threshold, max_faces, expires_at)
select %(tenant)s, %(gallery_id)s, seen.key, seen.etag, %(model_id)s, %(threshold)s, %(max_faces)s,
       now() + make_interval(days => %(days)s)
  from unnest(%(keys)s::text[], %(etags)s::text[]) as seen (key, etag)
    on conflict (tenant_id, gallery_id, key, etag, model_id, threshold, max_faces) do update
   set expires_at = excluded.expires_at;

-- name: forget_expired
delete from processing_cache where expires_at < now();

-- name: fail_photo
update photo
   set attempts = attempts + 1, error_code = %(code)s, error_detail = %(detail)s,
       state = case when %(final)s then 'error' else 'pending' end,
       finished_at = case when %(final)s then now() end
 where tenant_id = %(tenant)s and photo_id = %(photo_id)s and job_id = %(job_id)s and state = 'processing'
returning key;

-- name: retry_photos
-- Dead letters begin again, in the job that is given.
update photo
   set state = 'pending', job_id = %(job_id)s, claims = 0, attempts = 0, error_code = null, error_detail = null,
       finished_at = null
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and state = 'error'
   and (%(photo_ids)s::uuid[] is null or photo_id = any(%(photo_ids)s::uuid[]))
   and (%(of_job)s::uuid is null or job_id = %(of_job)s)
returning photo_id::text;

-- name: page_photos
select p.photo_id::text, p.key, p.state, p.width, p.height, p.faces_detected, p.attempts, p.error_code, p.error_detail,
       p.finished_at
  from photo p
 where p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.key > %(after)s
   and (%(state)s::text is null or p.state = %(state)s)
 order by p.key
 limit %(limit)s;

-- name: get_photo
select p.photo_id::text, p.key, p.state, p.width, p.height, p.faces_detected, p.attempts, p.error_code, p.error_detail,
       p.finished_at
  from photo p
 where p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.photo_id = %(photo_id)s;

-- name: faces_of_photo
-- Largest first.
select f.face_id::text, f.box_left, f.box_top, f.box_width, f.box_height, f.det_score, f.quality,
       coalesce(x.client_id, '') as client_id, coalesce(m.name, '') as client_name, x.similarity, x.decision
  from photo_face f
  left join face_match x on x.tenant_id = f.tenant_id and x.face_id = f.face_id
  left join member m on m.tenant_id = x.tenant_id and m.collection = x.collection and m.member_id = x.client_id
 where f.tenant_id = %(tenant)s and f.photo_id = %(photo_id)s
 order by f.box_width * f.box_height desc, f.face_id;

-- name: delete_photo
delete from photo
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and photo_id = %(photo_id)s
returning photo_id;

-- name: photos_of_client
select photo_id::text
  from face_match
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and client_id = %(client_id)s;

-- name: delete_client
-- Faces, matches and rejections go with it, by their foreign keys.
delete from member where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(client_id)s;

-- name: page_client_photos
-- Best first.
select x.photo_id::text, p.key, x.face_id::text, pf.box_left, pf.box_top, pf.box_width, pf.box_height, x.similarity,
       x.decision
  from face_match x
  join photo p on p.tenant_id = x.tenant_id and p.photo_id = x.photo_id
  join photo_face pf on pf.tenant_id = x.tenant_id and pf.face_id = x.face_id
 where x.tenant_id = %(tenant)s and x.gallery_id = %(gallery_id)s and x.client_id = %(client_id)s
   and (x.similarity, x.photo_id) < (%(below)s::float8, %(before)s::uuid)
   and (%(review)s or x.decision = 'match')
 order by x.similarity desc, x.photo_id desc
 limit %(limit)s;

-- name: reject
-- The client is not this face: whoever finds it there again is to leave it.
insert into rejection (tenant_id, photo_id, collection, client_id, box_left, box_top, box_width, box_height)
select pf.tenant_id, pf.photo_id, %(collection)s, %(client_id)s, pf.box_left, pf.box_top, pf.box_width, pf.box_height
  from photo_face pf
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.photo_id = %(photo_id)s
   and pf.face_id = %(face_id)s
    on conflict do nothing
returning photo_id;

-- name: has_face
select true
  from photo_face
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and photo_id = %(photo_id)s and face_id = %(face_id)s;

-- name: unreject
delete from rejection r
 using photo_face pf
 where r.tenant_id = %(tenant)s and r.photo_id = %(photo_id)s and r.client_id = %(client_id)s
   and pf.tenant_id = r.tenant_id and pf.face_id = %(face_id)s and pf.photo_id = r.photo_id
   and pf.box_left = r.box_left and pf.box_top = r.box_top;
