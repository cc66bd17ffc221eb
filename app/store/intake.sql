-- name: covering
-- A source is a URI that ends with its prefix, so that what lies in it begins with it.
select tenant_id, gallery_id from gallery where starts_with(%(uri)s, source) order by tenant_id, gallery_id;

-- name: intake_job
-- A job that takes in single photos already, and none of these: a photo that changes once more while its job runs is
-- told apart by the job that it is in the hands of. Held until the end, so that nobody ends it.
select j.job_id::text
  from job j
 where j.tenant_id = %(tenant)s and j.kind = 'gallery' and j.subject = %(gallery_id)s and j.state = 'running'
   and j.request ? 'intake'
   and not exists (
       select from photo p
        where p.tenant_id = j.tenant_id and p.gallery_id = j.subject and p.key = any(%(keys)s::text[])
          and p.job_id = j.job_id)
 order by j.created_at
 limit 1
   for update;

-- name: open_intake
-- Running, and with nothing to list: its first photos are put beside it in this transaction.
insert into job (tenant_id, kind, subject, request, state, listed, started_at)
values (%(tenant)s, 'gallery', %(gallery_id)s, '{"intake": true}', 'running', true, now())
returning job_id::text;

-- name: drop_intake
delete from job where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: remove_photo
-- If it is still to be done, its task finds nothing and looks whether the job is at its end.
delete from photo where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and key = %(key)s returning photo_id;
