-- name: open_job
insert into job (tenant_id, kind, subject, request)
values (%(tenant)s, %(kind)s, %(subject)s, %(request)s)
returning job_id::text;

-- name: get_job
-- The progress of a job that runs is counted from what it has in hand; when it ends it is written down. An evaluation
-- has nothing but what it reports.
select j.job_id::text, j.kind, j.subject, j.state, j.skipped, j.attempts, j.error_code, j.error_detail, j.request,
       j.result, j.created_at, j.started_at, j.finished_at,
       case when j.finished_at is null then greatest(j.total, live.total) else j.total end as total,
       case when j.finished_at is null and j.kind <> 'evaluate' then live.done else j.done end as done,
       case when j.finished_at is null and j.kind <> 'evaluate' then live.failed else j.failed end as failed
  from job j
 cross join lateral (
       select count(*) as total, count(*) filter (where part.state = 'done') as done,
              count(*) filter (where part.state = 'error') as failed
         from (
              select p.state
                from photo p
               where j.kind = 'gallery' and p.tenant_id = j.tenant_id and p.job_id = j.job_id
              union all
              select i.state from job_item i where i.tenant_id = j.tenant_id and i.job_id = j.job_id
              ) as part
        where j.finished_at is null
       ) as live
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s;

-- name: page_jobs
-- Newest first.
select j.job_id::text
  from job j
 where j.tenant_id = %(tenant)s
   and (%(state)s::text is null or j.state = %(state)s)
   and (%(kind)s::text is null or j.kind = %(kind)s)
   and (%(subject)s::text is null or j.subject = %(subject)s)
   and (j.created_at, j.job_id) < (%(before_time)s::timestamptz, %(before_job)s::uuid)
 order by j.created_at desc, j.job_id desc
 limit %(limit)s;

-- name: start_job
-- A worker that died left it running, so that one that runs may be started again.
update job
   set state = 'running', started_at = coalesce(started_at, now()), finished_at = null, error_code = null,
       error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('queued', 'running')
returning job_id;

-- name: report_progress
-- No row comes back where it was cancelled.
update job
   set total = %(total)s, done = %(done)s, failed = %(failed)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'running'
returning job_id;

-- name: lock_subject
-- Those who begin such a job of the same subject take turns.
select pg_advisory_xact_lock(hashtextextended(%(tenant)s || '/' || %(kind)s || '/' || %(subject)s, 1));

-- name: under_way
select job_id::text
  from job
 where tenant_id = %(tenant)s and kind = %(kind)s and subject = %(subject)s and state in ('queued', 'running')
 limit 1;

-- name: finish_job
update job
   set state = 'done', finished_at = now(), result = %(result)s, total = %(total)s, done = %(done)s, failed = %(failed)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'running'
returning kind, subject;

-- name: hold_members
-- Those of them who are still there, and stay there until the end.
select member_id
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = any(%(member_ids)s)
 order by member_id
   for key share;

-- name: correct_result
update job set result = %(result)s where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: fail_job
-- Attempts are counted here: what fails is tried again, what is killed is not at fault.
update job
   set attempts = attempts + 1, error_code = %(code)s, error_detail = %(detail)s,
       state = case when %(final)s then 'failed' else 'queued' end,
       finished_at = case when %(final)s then now() end
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'running'
returning kind, subject;

-- name: cancel_job
update job
   set state = 'cancelled', finished_at = now()
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('queued', 'running')
returning job_id;

-- name: requeue_job
update job
   set state = 'queued', attempts = 0, finished_at = null, error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'failed'
returning job_id;

-- name: reopen_job
-- Its dead letters are to be tried again.
update job
   set state = 'running', finished_at = null, error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('done', 'running')
returning job_id;

-- name: mark_listed
update job
   set listed = true, total = %(total)s, skipped = %(skipped)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s
returning job_id;

-- name: lock_job
-- Whoever gives a job that runs more to do holds it until that is committed: it must not be ended meanwhile.
select true from job where tenant_id = %(tenant)s and job_id = %(job_id)s for update;

-- name: complete_job
-- Once nothing is left of it, by whoever settled the last of its parts. One that looks later finds it done.
with ended as (
    select j.tenant_id, j.job_id, j.kind
      from job j
     where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s and j.state = 'running' and j.listed
       and not exists (
           select from photo p
            where p.tenant_id = j.tenant_id and p.job_id = j.job_id and p.state in ('pending', 'processing'))
       and not exists (
           select from job_item i
            where i.tenant_id = j.tenant_id and i.job_id = j.job_id and i.state in ('pending', 'processing'))
),
counted as (
    select ended.job_id, count(part.state) as total, count(*) filter (where part.state = 'done') as done,
           count(*) filter (where part.state = 'error') as failed
      from ended
      left join lateral (
           select p.state from photo p where p.tenant_id = ended.tenant_id and p.job_id = ended.job_id
           union all
           select i.state from job_item i where i.tenant_id = ended.tenant_id and i.job_id = ended.job_id
           ) as part on true
     group by ended.job_id
)
update job j
   set state = 'done', finished_at = now(), total = counted.total, done = counted.done, failed = counted.failed
  from counted
 where j.tenant_id = %(tenant)s and j.job_id = counted.job_id and j.state = 'running'
returning j.kind, j.subject, j.total, j.done, j.failed, j.skipped;

-- name: delete_job
delete from job where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: forget_old_jobs
delete from job where finished_at < now() - make_interval(days => %(days)s) and kind <> 'analysis';
