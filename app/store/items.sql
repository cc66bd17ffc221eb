-- name: kind_of_job
select kind, subject from job where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: enlist_items
-- What was listed before is left as it is: a listing that was broken off begins again.
insert into job_item (tenant_id, job_id, key, etag, member_id)
select j.tenant_id, j.job_id, given.key, given.etag, given.member_id
  from job j
 cross join unnest(%(keys)s::text[], %(etags)s::text[], %(member_ids)s::text[]) as given (key, etag, member_id)
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s
 order by given.key
    on conflict (tenant_id, job_id, key) do nothing
returning item_id::text;

-- name: open_items
select item_id::text
  from job_item
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('pending', 'processing')
 order by item_id;

-- name: claim_items
update job_item i
   set state = 'processing', claims = claims + 1
 where i.tenant_id = %(tenant)s and i.job_id = %(job_id)s and i.item_id = any(%(item_ids)s::bigint[])
   and i.state in ('pending', 'processing')
   and exists (
       select from job j where j.tenant_id = i.tenant_id and j.job_id = i.job_id and j.state in ('queued', 'running'))
returning i.item_id::text, i.key, i.member_id, i.claims, i.attempts;

-- name: settle_item
-- No row comes back where another settled it, or nobody has it in hand.
update job_item
   set state = 'done', error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and item_id = %(item_id)s and state = 'processing'
returning item_id;

-- name: fail_item
update job_item
   set attempts = attempts + 1, error_code = %(code)s, error_detail = %(detail)s,
       state = case when %(final)s then 'error' else 'pending' end
 where tenant_id = %(tenant)s and job_id = %(job_id)s and item_id = %(item_id)s and state = 'processing'
returning item_id;

-- name: retry_items
update job_item
   set state = 'pending', claims = 0, attempts = 0, error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'error'
returning item_id::text;

-- name: page_items
select item_id::text, key, member_id, state, attempts, error_code, error_detail
  from job_item
 where tenant_id = %(tenant)s and job_id = %(job_id)s and item_id > %(after)s
   and (%(state)s::text is null or state = %(state)s)
 order by item_id
 limit %(limit)s;

-- name: drop_older_faces
-- The member's faces from before the job, but for the picture that was kept just now.
delete from face f
 using job j
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s and f.tenant_id = j.tenant_id
   and f.collection = %(collection)s and f.member_id = %(member_id)s and f.digest <> %(digest)s
   and f.created_at < j.created_at;

-- name: renew_face
-- Kept again by this job, so that it is none of the older ones.
update face
   set created_at = now()
 where tenant_id = %(tenant)s and face_id = %(face_id)s;
