-- name: put_gallery_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(collection)s, 'gallery')
    on conflict (tenant_id, name) do nothing;

-- name: put_gallery
insert into gallery as g (tenant_id, gallery_id, collection, name, source, threshold, max_faces, webhook_url)
values (%(tenant)s, %(gallery_id)s, %(collection)s, %(name)s, %(source)s, %(threshold)s, %(max_faces)s, %(webhook_url)s)
    on conflict (tenant_id, gallery_id) do update
   set name = excluded.name, source = excluded.source, threshold = excluded.threshold, max_faces = excluded.max_faces,
       webhook_url = excluded.webhook_url, updated_at = now();

-- name: put_gallery_webhook
-- The address of the gallery itself: told of everything there, unless it was said otherwise since. Its secret is made
-- once; whether that was now.
insert into webhook as w (tenant_id, webhook_id, url, events, gallery_id, secret)
values (%(tenant)s, %(webhook_id)s, %(webhook_url)s, %(events)s, %(gallery_id)s, %(secret)s)
    on conflict (tenant_id, webhook_id) do update set url = excluded.url, updated_at = now()
returning secret = %(secret)s;

-- name: drop_gallery_webhook
delete from webhook where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s;

-- name: page_galleries
select g.gallery_id, g.name, g.source, g.threshold, g.max_faces, g.webhook_url, g.created_at, g.updated_at,
       (select count(*) from member m where m.tenant_id = g.tenant_id and m.collection = g.collection) as clients,
       p.pending, p.processing, p.done, p.error
  from gallery g
 cross join lateral (
       select count(*) filter (where state = 'pending') as pending,
              count(*) filter (where state = 'processing') as processing,
              count(*) filter (where state = 'done') as done, count(*) filter (where state = 'error') as error
         from photo
        where photo.tenant_id = g.tenant_id and photo.gallery_id = g.gallery_id
       ) as p
 where g.tenant_id = %(tenant)s and (g.gallery_id > %(after)s or g.gallery_id = %(only)s)
 order by g.gallery_id
 limit %(limit)s;

-- name: delete_gallery
-- Its photos and what was found in them go with it, by their foreign keys; the clients with their collection.
delete from gallery where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s returning gallery_id;

-- name: delete_gallery_collection
delete from collection where tenant_id = %(tenant)s and name = %(collection)s;

-- name: cancel_gallery_jobs
update job
   set state = 'cancelled', finished_at = now()
 where tenant_id = %(tenant)s and kind = 'gallery' and subject = %(gallery_id)s and state in ('queued', 'running');

-- name: running_job
-- One that lists the source: what single photos were taken in by is none.
select job_id::text
  from job
 where tenant_id = %(tenant)s and kind = 'gallery' and subject = %(gallery_id)s and state in ('queued', 'running')
   and not request ? 'intake'
 order by created_at desc
 limit 1;

-- name: standing
-- The last run, and how many photos a second were settled in the last half minute of it.
select j.job_id::text, j.state, j.listed, j.skipped,
       (select count(*)
          from photo p
         where p.tenant_id = j.tenant_id and p.job_id = j.job_id and p.finished_at > now() - interval '30 seconds')
       / greatest(1, least(30, extract(epoch from now() - j.started_at)))::double precision as rate
  from job j
 where j.tenant_id = %(tenant)s and j.kind = 'gallery' and j.subject = %(gallery_id)s
 order by j.created_at desc
 limit 1;

-- name: page_clients
select m.member_id as client_id, m.name, m.created_at,
       (select count(*)
          from face f
         where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id
           and f.model_id = c.model_id) as faces,
       (select count(*)
          from face_match x
         where x.tenant_id = m.tenant_id and x.gallery_id = %(gallery_id)s and x.client_id = m.member_id
           and x.decision = 'match') as photos
  from member m
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s
   and (m.member_id > %(after)s or m.member_id = %(only)s)
 order by m.member_id
 limit %(limit)s;

-- name: put_client
insert into member as m (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(client_id)s, coalesce(%(name)s, ''), coalesce(%(metadata)s, '{}'::jsonb))
    on conflict (tenant_id, collection, member_id) do update
   set name = coalesce(%(name)s, m.name), metadata = coalesce(%(metadata)s, m.metadata), updated_at = now();

-- name: hold_gallery
-- Whoever settles a photo holds the gallery, together with others who do; whoever changes a client has it alone. So a
-- photo is either searched for the new face, or is there to be found by it: never neither. Advisory locks and not row
-- locks, since those let new holders pass whoever waits to have it alone.
select pg_advisory_xact_lock_shared(hashtextextended(tenant_id || '/' || gallery_id, 0))
  from gallery
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: own_gallery
select pg_advisory_xact_lock(hashtextextended(tenant_id || '/' || gallery_id, 0))
  from gallery
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;
