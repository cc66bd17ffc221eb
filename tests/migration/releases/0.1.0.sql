-- name: collections.delete_collection
delete from collection where tenant_id = %(tenant)s and name = %(name)s returning name;

-- name: collections.get_collection
select c.name, c.kind, c.created_at,
       coalesce((select m.name
                   from model m
                  where m.tenant_id = c.tenant_id and m.model_id = c.model_id
                    and exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name)), '') as model,
       (select count(*) from member m where m.tenant_id = c.tenant_id and m.collection = c.name) as members,
       (select count(*)
          from face f
         where f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id) as faces
  from collection c
 where c.tenant_id = %(tenant)s and c.name = %(name)s;

-- name: collections.page_collections
select c.name, c.kind, c.created_at,
       coalesce((select m.name
                   from model m
                  where m.tenant_id = c.tenant_id and m.model_id = c.model_id
                    and exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name)), '') as model,
       (select count(*) from member m where m.tenant_id = c.tenant_id and m.collection = c.name) as members,
       (select count(*)
          from face f
         where f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id) as faces
  from collection c
 where c.tenant_id = %(tenant)s and c.name > %(after)s
 order by c.name
 limit %(limit)s;

-- name: collections.put_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(name)s, %(kind)s)
    on conflict (tenant_id, name) do nothing;

-- name: curves.delete_curve
delete from calibration
 where tenant_id = %(tenant)s and collection = %(collection)s and recogniser_sha256 = %(recogniser)s;

-- name: curves.get_curve
select rates, similarities, measured_to, people, comparisons, source
  from calibration
 where tenant_id = %(tenant)s and collection = %(collection)s and recogniser_sha256 = %(recogniser)s;

-- name: curves.put_curve
insert into calibration as c (
    tenant_id, collection, recogniser_sha256, rates, similarities, measured_to, people, comparisons, source
)
select tenant_id, name, %(recogniser)s, %(rates)s::float8[], %(similarities)s::float8[], %(measured_to)s, %(people)s,
       %(comparisons)s, %(source)s
  from collection
 where tenant_id = %(tenant)s and name = %(collection)s
    on conflict (tenant_id, collection, recogniser_sha256) do update
   set rates = excluded.rates, similarities = excluded.similarities, measured_to = excluded.measured_to,
       people = excluded.people, comparisons = excluded.comparisons, source = excluded.source, created_at = now()
returning c.collection;

-- name: database.count
select (select count(*) from collection) as collections,
       (select count(*) from member) as members,
       (select count(*) from face) as faces,
       (select count(*) from gallery) as galleries,
       (select count(*) from photo) as photos;

-- name: database.describe
select current_setting('server_version'), (select extversion from pg_catalog.pg_extension where extname = 'vector');

-- name: database.ping
select true;

-- name: database.queue_depth
select count(*) from procrastinate_jobs where status = 'todo';

-- name: deliveries.claim_delivery
select d.tenant_id as tenant, d.delivery_id::text, d.turn, d.attempts, d.channel, e.event_id::text, e.kind, e.payload,
       e.created_at as happened_at, coalesce(w.webhook_id, '') as webhook_id, coalesce(w.url, '') as url,
       coalesce(w.secret, '') as secret
  from delivery d
  join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
  left join webhook w on w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id
 where d.tenant_id = %(tenant)s and d.delivery_id = %(delivery_id)s and d.turn = %(turn)s and d.state = 'pending';

-- name: deliveries.fail_delivery
update delivery
   set state = case when %(final)s then 'failed' else 'pending' end, turn = turn + 1, attempts = attempts + 1,
       status = %(status)s, error = %(error)s, due_at = now() + make_interval(secs => %(delay)s::double precision),
       finished_at = case when %(final)s then now() end
 where tenant_id = %(tenant)s and delivery_id = %(delivery_id)s and turn = %(turn)s and state = 'pending'
returning delivery_id::text, turn;

-- name: deliveries.get_delivery
select d.delivery_id::text, d.event_id::text, e.kind, e.payload, d.state, d.attempts, d.status, d.error, d.due_at,
       d.created_at, d.finished_at
  from delivery d
  join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
 where d.tenant_id = %(tenant)s and d.webhook_id = %(webhook_id)s and d.delivery_id = %(delivery_id)s;

-- name: deliveries.page_deliveries
select d.delivery_id::text, d.event_id::text, e.kind, e.payload, d.state, d.attempts, d.status, d.error, d.due_at,
       d.created_at, d.finished_at
  from delivery d
  join event e on e.tenant_id = d.tenant_id and e.event_id = d.event_id
 where d.tenant_id = %(tenant)s and d.webhook_id = %(webhook_id)s
   and (%(state)s::text is null or d.state = %(state)s)
   and (d.created_at, d.delivery_id) < (%(before_time)s::timestamptz, %(before)s::uuid)
 order by d.created_at desc, d.delivery_id desc
 limit %(limit)s;

-- name: deliveries.ping
with happened as (
    insert into event (tenant_id, kind, payload) values (%(tenant)s, %(kind)s, %(payload)s) returning event_id
)
insert into delivery (tenant_id, event_id, channel, webhook_id)
select %(tenant)s, event_id, 'webhook', %(webhook_id)s from happened
returning delivery_id::text, turn;

-- name: deliveries.put_off_delivery
update delivery
   set turn = turn + 1, due_at = now() + make_interval(secs => %(delay)s::double precision)
 where tenant_id = %(tenant)s and delivery_id = %(delivery_id)s and turn = %(turn)s and state = 'pending'
returning delivery_id::text, turn;

-- name: deliveries.redeliver
update delivery
   set state = 'pending', turn = turn + 1, attempts = 0, status = null, error = '', due_at = now(), finished_at = null
 where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s and delivery_id = %(delivery_id)s
returning delivery_id::text, turn;

-- name: deliveries.redeliver_failed
update delivery
   set state = 'pending', turn = turn + 1, attempts = 0, status = null, error = '', due_at = now(), finished_at = null
 where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s
   and (state = 'failed' or state = 'pending' and attempts > 0)
returning delivery_id::text, turn;

-- name: deliveries.settle_delivery
update delivery
   set state = 'delivered', attempts = attempts + 1, status = %(status)s, error = '', due_at = null, finished_at = now()
 where tenant_id = %(tenant)s and delivery_id = %(delivery_id)s and turn = %(turn)s and state = 'pending';

-- name: events.emit
with given as (
    select gen_random_uuid() as event_id, kind, nullif(gallery_id, '') as gallery_id, payload
      from unnest(%(kinds)s::text[], %(galleries)s::text[], %(payloads)s::jsonb[]) as told (kind, gallery_id, payload)
),
told as (
    select given.event_id, 'webhook' as channel, w.webhook_id
      from given
      join webhook w
        on w.tenant_id = %(tenant)s and given.kind = any(w.events)
       and (w.gallery_id is null or w.gallery_id = given.gallery_id)
    union all
    select given.event_id, listening.channel, null
      from given
      join unnest(%(channels)s::text[], %(hears)s::text[]) as listening (channel, kind) on listening.kind = given.kind
),
happened as (
    insert into event (tenant_id, event_id, kind, gallery_id, payload)
    select %(tenant)s, event_id, kind, gallery_id, payload
      from given
     where event_id in (select event_id from told)
    returning event_id
)
insert into delivery (tenant_id, event_id, channel, webhook_id)
select %(tenant)s, happened.event_id, told.channel, told.webhook_id
  from happened
  join told on told.event_id = happened.event_id
returning delivery_id::text;

-- name: events.forget_old_events
delete from event where created_at < now() - make_interval(days => %(days)s);

-- name: faces.add_model
insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)
values (%(tenant)s, %(model)s, %(recogniser)s, %(dimensions)s, %(licence)s, %(commercial)s)
    on conflict (tenant_id, recogniser_sha256) do nothing;

-- name: faces.best_of_member
select 1 - min(f.embedding <=> %(probe)s::halfvec) as similarity
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
   and f.member_id = %(member_id)s;

-- name: faces.count_faces
select count(*)
  from collection c
  join face f on f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s;

-- name: faces.describe_collection
select m.model_id, m.recogniser_sha256 is distinct from %(recogniser)s as foreign_model, m.name as model_name,
       exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name) as occupied
  from collection c
  left join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s;

-- name: faces.drop_other_faces
delete from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
   and face_id <> %(face_id)s::uuid;

-- name: faces.keep_face
with kept as (
    insert into face (
        tenant_id, collection, member_id, model_id, digest, embedding, box_left, box_top, box_width, box_height,
        landmarks, det_score, quality, reasons, source
    )
    values (
        %(tenant)s, %(collection)s, %(member_id)s, %(model_id)s, %(digest)s, %(embedding)s::halfvec, %(left)s, %(top)s,
        %(width)s, %(height)s, %(landmarks)s::real[], %(det_score)s, %(quality)s, %(reasons)s::text[], %(source)s
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

-- name: faces.keep_member
insert into member as m (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(member_id)s, coalesce(%(name)s, ''), coalesce(%(metadata)s, '{}'::jsonb))
    on conflict (tenant_id, collection, member_id) do update
   set name = coalesce(%(name)s, m.name), metadata = coalesce(%(metadata)s, m.metadata), updated_at = now();

-- name: faces.lock_collection
select c.model_id
  from collection c
  join model m on m.tenant_id = c.tenant_id and m.model_id = c.model_id
 where c.tenant_id = %(tenant)s and c.name = %(collection)s and m.recogniser_sha256 = %(recogniser)s
   for key share of c;

-- name: faces.make_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(collection)s, 'members')
    on conflict (tenant_id, name) do nothing;

-- name: faces.nearest_members
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

-- name: faces.own_collection
select model_id from collection where tenant_id = %(tenant)s and name = %(collection)s for update;

-- name: faces.pin_collection
update collection c
   set model_id = m.model_id
  from model m
 where c.tenant_id = %(tenant)s and c.name = %(collection)s and m.tenant_id = c.tenant_id
   and m.recogniser_sha256 = %(recogniser)s
   and (c.model_id = m.model_id
        or not exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name))
returning c.model_id;

-- name: galleries.cancel_gallery_jobs
update job
   set state = 'cancelled', finished_at = now()
 where tenant_id = %(tenant)s and kind = 'gallery' and subject = %(gallery_id)s and state in ('queued', 'running');

-- name: galleries.delete_gallery
delete from gallery where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s returning gallery_id;

-- name: galleries.delete_gallery_collection
delete from collection where tenant_id = %(tenant)s and name = %(collection)s;

-- name: galleries.drop_gallery_webhook
delete from webhook where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s;

-- name: galleries.hold_gallery
select pg_advisory_xact_lock_shared(hashtextextended(tenant_id || '/' || gallery_id, 0))
  from gallery
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: galleries.own_gallery
select pg_advisory_xact_lock(hashtextextended(tenant_id || '/' || gallery_id, 0))
  from gallery
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: galleries.page_clients
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

-- name: galleries.page_galleries
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

-- name: galleries.put_client
insert into member as m (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(client_id)s, coalesce(%(name)s, ''), coalesce(%(metadata)s, '{}'::jsonb))
    on conflict (tenant_id, collection, member_id) do update
   set name = coalesce(%(name)s, m.name), metadata = coalesce(%(metadata)s, m.metadata), updated_at = now();

-- name: galleries.put_gallery
insert into gallery as g (tenant_id, gallery_id, collection, name, source, threshold, max_faces, webhook_url)
values (%(tenant)s, %(gallery_id)s, %(collection)s, %(name)s, %(source)s, %(threshold)s, %(max_faces)s, %(webhook_url)s)
    on conflict (tenant_id, gallery_id) do update
   set name = excluded.name, source = excluded.source, threshold = excluded.threshold, max_faces = excluded.max_faces,
       webhook_url = excluded.webhook_url, updated_at = now();

-- name: galleries.put_gallery_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(collection)s, 'gallery')
    on conflict (tenant_id, name) do nothing;

-- name: galleries.put_gallery_webhook
insert into webhook as w (tenant_id, webhook_id, url, events, gallery_id, secret)
values (%(tenant)s, %(webhook_id)s, %(webhook_url)s, %(events)s, %(gallery_id)s, %(secret)s)
    on conflict (tenant_id, webhook_id) do update set url = excluded.url, updated_at = now()
returning secret = %(secret)s;

-- name: galleries.running_job
select job_id::text
  from job
 where tenant_id = %(tenant)s and kind = 'gallery' and subject = %(gallery_id)s and state in ('queued', 'running')
   and not request ? 'intake'
 order by created_at desc
 limit 1;

-- name: galleries.standing
select j.job_id::text, j.state, j.listed, j.skipped,
       (select count(*)
          from photo p
         where p.tenant_id = j.tenant_id and p.job_id = j.job_id and p.finished_at > now() - interval '30 seconds')
       / greatest(1, least(30, extract(epoch from now() - j.started_at)))::double precision as rate
  from job j
 where j.tenant_id = %(tenant)s and j.kind = 'gallery' and j.subject = %(gallery_id)s
 order by j.created_at desc
 limit 1;

-- name: index.feed.analyze
analyze (skip_locked) face.face;

-- name: index.feed.begin_reading
begin isolation level repeatable read read only;
select set_config('search_path', 'face, extensions, public', true),
       set_config('statement_timeout', '0', true),
       set_config('face.tenant', %(tenant)s, true);

-- name: index.feed.changes
select pg_current_snapshot()::text as until,
       floor(extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text || '/' || here.oid::text as origin,
       uuid_send(late.face_id) as face, late.member, halfvec_send(late.embedding) as vector
  from pg_catalog.pg_database here
  left join lateral (
       select f.face_id, hashtext(f.member_id) as member, f.embedding
         from face f
        where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
          and f.added >= pg_snapshot_xmin(%(since)s::pg_snapshot)
          and not pg_visible_in_snapshot(f.added, %(since)s::pg_snapshot)
        limit %(most)s
       ) as late on true
 where here.datname = current_database();

-- name: index.feed.origin
select floor(extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text || '/' || oid::text
  from pg_catalog.pg_database
 where datname = current_database();

-- name: index.feed.sample
select f.face_id, hashtext(f.member_id), f.embedding
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
   and f.face_id <= %(bound)s::uuid;

-- name: index.feed.snapshot
select pg_current_snapshot()::text;

-- name: index.feed.survey
select f.tenant_id, f.collection, f.model_id, m.recogniser_sha256, m.dimensions, count(*) as faces
  from face f
  join model m on m.tenant_id = f.tenant_id and m.model_id = f.model_id
  join collection c on c.tenant_id = f.tenant_id and c.name = f.collection and c.model_id = f.model_id
 group by f.tenant_id, f.collection, f.model_id, m.recogniser_sha256, m.dimensions
having count(*) >= %(least)s
 order by faces desc;

-- name: index.feed.whole
select f.face_id, hashtext(f.member_id), f.embedding
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s;

-- name: index.search.alive
select uuid_send(f.face_id) from face f where f.tenant_id = %(tenant)s and f.face_id = any(%(faces)s::uuid[]);

-- name: index.search.rerank
with probe as materialized (
    select number, vector::halfvec as vector from unnest(%(probes)s::text[]) with ordinality as given (vector, number)
),
alive as materialized (
    select chosen.number, f.member_id, f.embedding <=> probe.vector as distance
      from unnest(%(numbers)s::bigint[], %(faces)s::uuid[]) as chosen (number, face_id)
      join probe on probe.number = chosen.number
      join face f on f.tenant_id = %(tenant)s and f.face_id = chosen.face_id
     where f.collection = %(collection)s and f.model_id = %(model_id)s
),
best as materialized (
    select number, member_id
      from (
           select number, member_id, row_number() over (partition by number order by min(distance), member_id) as place
             from alive
            group by number, member_id
           ) as ranked
     where place <= %(limit)s
)
select best.number, best.member_id, m.name, face.face_id::text, 1 - face.distance as similarity,
       (select count(*) from alive) as alive
  from best
  join probe on probe.number = best.number
 cross join lateral (
       select f.face_id, f.embedding <=> probe.vector as distance
         from face f
        where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.model_id = %(model_id)s
          and f.member_id = best.member_id
        order by distance, f.face_id
        limit 1
       ) as face
  join member m on m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = best.member_id
 order by best.number, face.distance, best.member_id;

-- name: intake.covering
select tenant_id, gallery_id from gallery where starts_with(%(uri)s, source) order by tenant_id, gallery_id;

-- name: intake.drop_intake
delete from job where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: intake.intake_job
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

-- name: intake.open_intake
insert into job (tenant_id, kind, subject, request, state, listed, started_at)
values (%(tenant)s, 'gallery', %(gallery_id)s, '{"intake": true}', 'running', true, now())
returning job_id::text;

-- name: intake.remove_photo
delete from photo where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and key = %(key)s returning photo_id;

-- name: items.claim_items
update job_item i
   set state = 'processing', claims = claims + 1
 where i.tenant_id = %(tenant)s and i.job_id = %(job_id)s and i.item_id = any(%(item_ids)s::bigint[])
   and i.state in ('pending', 'processing')
   and exists (
       select from job j where j.tenant_id = i.tenant_id and j.job_id = i.job_id and j.state in ('queued', 'running'))
returning i.item_id::text, i.key, i.member_id, i.claims, i.attempts;

-- name: items.drop_older_faces
delete from face f
 using job j
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s and f.tenant_id = j.tenant_id
   and f.collection = %(collection)s and f.member_id = %(member_id)s and f.digest <> %(digest)s
   and f.created_at < j.created_at;

-- name: items.enlist_items
insert into job_item (tenant_id, job_id, key, etag, member_id)
select j.tenant_id, j.job_id, given.key, given.etag, given.member_id
  from job j
 cross join unnest(%(keys)s::text[], %(etags)s::text[], %(member_ids)s::text[]) as given (key, etag, member_id)
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s
 order by given.key
    on conflict (tenant_id, job_id, key) do nothing
returning item_id::text;

-- name: items.fail_item
update job_item
   set attempts = attempts + 1, error_code = %(code)s, error_detail = %(detail)s,
       state = case when %(final)s then 'error' else 'pending' end
 where tenant_id = %(tenant)s and job_id = %(job_id)s and item_id = %(item_id)s and state = 'processing'
returning item_id;

-- name: items.kind_of_job
select kind, subject from job where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: items.open_items
select item_id::text
  from job_item
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('pending', 'processing')
 order by item_id;

-- name: items.page_items
select item_id::text, key, member_id, state, attempts, error_code, error_detail
  from job_item
 where tenant_id = %(tenant)s and job_id = %(job_id)s and item_id > %(after)s
   and (%(state)s::text is null or state = %(state)s)
 order by item_id
 limit %(limit)s;

-- name: items.renew_face
update face
   set created_at = now()
 where tenant_id = %(tenant)s and face_id = %(face_id)s;

-- name: items.retry_items
update job_item
   set state = 'pending', claims = 0, attempts = 0, error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'error'
returning item_id::text;

-- name: items.settle_item
update job_item
   set state = 'done', error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and item_id = %(item_id)s and state = 'processing'
returning item_id;

-- name: jobs.cancel_job
update job
   set state = 'cancelled', finished_at = now()
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('queued', 'running')
returning job_id;

-- name: jobs.complete_job
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

-- name: jobs.delete_job
delete from job where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: jobs.fail_job
update job
   set attempts = attempts + 1, error_code = %(code)s, error_detail = %(detail)s,
       state = case when %(final)s then 'failed' else 'queued' end,
       finished_at = case when %(final)s then now() end
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'running'
returning kind, subject;

-- name: jobs.finish_job
update job
   set state = 'done', finished_at = now(), result = %(result)s, total = %(total)s, done = %(done)s, failed = %(failed)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'running'
returning kind, subject;

-- name: jobs.forget_old_jobs
delete from job where finished_at < now() - make_interval(days => %(days)s) and kind <> 'analysis';

-- name: jobs.get_job
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

-- name: jobs.lock_job
select true from job where tenant_id = %(tenant)s and job_id = %(job_id)s for update;

-- name: jobs.lock_subject
select pg_advisory_xact_lock(hashtextextended(%(tenant)s || '/' || %(kind)s || '/' || %(subject)s, 1));

-- name: jobs.mark_listed
update job
   set listed = true, total = %(total)s, skipped = %(skipped)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s
returning job_id;

-- name: jobs.open_job
insert into job (tenant_id, kind, subject, request)
values (%(tenant)s, %(kind)s, %(subject)s, %(request)s)
returning job_id::text;

-- name: jobs.page_jobs
select j.job_id::text
  from job j
 where j.tenant_id = %(tenant)s
   and (%(state)s::text is null or j.state = %(state)s)
   and (%(kind)s::text is null or j.kind = %(kind)s)
   and (%(subject)s::text is null or j.subject = %(subject)s)
   and (j.created_at, j.job_id) < (%(before_time)s::timestamptz, %(before_job)s::uuid)
 order by j.created_at desc, j.job_id desc
 limit %(limit)s;

-- name: jobs.reopen_job
update job
   set state = 'running', finished_at = null, error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('done', 'running')
returning job_id;

-- name: jobs.report_progress
update job
   set total = %(total)s, done = %(done)s, failed = %(failed)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'running'
returning job_id;

-- name: jobs.requeue_job
update job
   set state = 'queued', attempts = 0, finished_at = null, error_code = null, error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state = 'failed'
returning job_id;

-- name: jobs.start_job
update job
   set state = 'running', started_at = coalesce(started_at, now()), finished_at = null, error_code = null,
       error_detail = null
 where tenant_id = %(tenant)s and job_id = %(job_id)s and state in ('queued', 'running')
returning job_id;

-- name: jobs.under_way
select job_id::text
  from job
 where tenant_id = %(tenant)s and kind = %(kind)s and subject = %(subject)s and state in ('queued', 'running')
 limit 1;

-- name: matches.drop_matches
delete from face_match x
 where x.tenant_id = %(tenant)s and x.photo_id = any(%(photo_ids)s::uuid[])
   and not exists (
       select from unnest(%(faces)s::uuid[], %(clients)s::text[]) as chosen (face_id, client_id)
        where chosen.face_id = x.face_id and chosen.client_id = x.client_id);

-- name: matches.pairs
select pf.photo_id::text, pf.face_id::text, f.member_id, 1 - min(pf.embedding <=> f.embedding) as similarity
  from photo_face pf
  join collection c on c.tenant_id = pf.tenant_id and c.name = %(collection)s and c.model_id = pf.model_id
  join face f on f.tenant_id = pf.tenant_id and f.collection = c.name and f.model_id = c.model_id
 where pf.tenant_id = %(tenant)s and pf.photo_id = any(%(photo_ids)s::uuid[]) and pf.model_id = %(model_id)s
 group by pf.photo_id, pf.face_id, f.member_id
having 1 - min(pf.embedding <=> f.embedding) >= %(least)s;

-- name: matches.put_matches
insert into face_match as x (
    tenant_id, photo_id, client_id, gallery_id, collection, face_id, similarity, decision
)
select %(tenant)s, pf.photo_id, chosen.client_id, %(gallery_id)s, %(collection)s, chosen.face_id, chosen.similarity,
       chosen.decision
  from unnest(%(faces)s::uuid[], %(clients)s::text[], %(similarities)s::float8[], %(decisions)s::text[])
       as chosen (face_id, client_id, similarity, decision)
  join photo_face pf on pf.tenant_id = %(tenant)s and pf.face_id = chosen.face_id
    on conflict (tenant_id, photo_id, client_id) do update
   set similarity = excluded.similarity, decision = excluded.decision
returning photo_id::text, client_id, similarity, decision, xmax = 0 as fresh;

-- name: matches.rejections
select r.photo_id::text, r.client_id, pf.face_id::text, r.box_left, r.box_top, r.box_width, r.box_height,
       pf.box_left as face_left, pf.box_top as face_top, pf.box_width as face_width, pf.box_height as face_height
  from rejection r
  join photo_face pf on pf.tenant_id = r.tenant_id and pf.photo_id = r.photo_id
 where r.tenant_id = %(tenant)s and r.photo_id = any(%(photo_ids)s::uuid[]);

-- name: matches.touched_photos
with known as materialized (
    select embedding
      from face
     where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(client_id)s
       and model_id = %(model_id)s
)
select pf.photo_id::text
  from photo_face pf
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s
   and exists (select from known where 1 - (pf.embedding <=> known.embedding) >= %(least)s)
 union
select photo_id::text
  from face_match
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and client_id = %(client_id)s;

-- name: members.delete_face
delete from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s and digest = %(digest)s
returning face_id;

-- name: members.delete_member
delete from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
returning member_id;

-- name: members.get_member
select m.member_id, m.name, m.metadata, m.created_at, m.updated_at,
       (select count(*)
          from face f
         where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id
           and f.model_id = c.model_id) as faces
  from member m
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = %(member_id)s;

-- name: members.has_collection
select true from collection where tenant_id = %(tenant)s and name = %(collection)s;

-- name: members.lock_face
select f.member_id, f.digest
  from face f
  join member m on m.tenant_id = f.tenant_id and m.collection = f.collection and m.member_id = f.member_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s
   for no key update of m;

-- name: members.page_faces
select f.face_id::text, f.member_id, f.box_left, f.box_top, f.box_width, f.box_height, f.det_score, f.quality,
       f.source, m.name as model, f.created_at
  from face f
  join model m on m.tenant_id = f.tenant_id and m.model_id = f.model_id
  join collection c on c.tenant_id = f.tenant_id and c.name = f.collection and c.model_id = f.model_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.member_id = %(member_id)s
   and (f.created_at, f.face_id) > (%(after_time)s::timestamptz, %(after_face)s::uuid)
 order by f.created_at, f.face_id
 limit %(limit)s;

-- name: members.page_members
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

-- name: members.update_member
update member
   set name = coalesce(%(name)s, name), metadata = coalesce(%(metadata)s, metadata), updated_at = now()
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: migrate.create_pgvector
create extension if not exists vector schema public;

-- name: migrate.create_pgvector_aside
create extension if not exists vector schema extensions;

-- name: migrate.create_queue_schema
create schema if not exists face_queue;

-- name: migrate.create_schema
create schema if not exists face;

-- name: migrate.create_table
create table if not exists face.schema_migration (
    name text collate "C" not null primary key,
    digest text collate "C" not null,
    applied_at timestamptz not null default now()
);

-- name: migrate.find_extensions_schema
select true from pg_catalog.pg_namespace where nspname = 'extensions';

-- name: migrate.find_pgvector
select extversion from pg_catalog.pg_extension where extname = 'vector';

-- name: migrate.find_table
select true from pg_catalog.pg_tables where schemaname = 'face' and tablename = 'schema_migration';

-- name: migrate.list_applied
select name, digest from face.schema_migration;

-- name: migrate.lock
select pg_advisory_xact_lock(1717658469);

-- name: migrate.record
insert into face.schema_migration (name, digest) values (%(name)s, %(digest)s);

-- name: migrate.set_search_path
select set_config('search_path', %(path)s, true);

-- name: models.find_model
select model_id from model where tenant_id = %(tenant)s and recogniser_sha256 = %(recogniser)s;

-- name: models.put_model
insert into model (tenant_id, name, recogniser_sha256, dimensions, licence, commercial)
values (%(tenant)s, %(model)s, %(recogniser)s, %(dimensions)s, %(licence)s, %(commercial)s)
    on conflict (tenant_id, recogniser_sha256) do nothing;

-- name: photos.claim_photos
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

-- name: photos.count_cached
select count(*)
  from unnest(%(keys)s::text[], %(etags)s::text[]) as object (key, etag)
  join photo p
    on p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.key = object.key and p.etag = object.etag
   and p.state = 'done'
  join processing_cache c
    on c.tenant_id = p.tenant_id and c.gallery_id = p.gallery_id and c.key = p.key and c.etag = p.etag
   and c.model_id = %(model_id)s and c.threshold = %(threshold)s and c.max_faces = %(max_faces)s
   and c.expires_at > now();

-- name: photos.delete_client
delete from member where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(client_id)s;

-- name: photos.delete_photo
delete from photo
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and photo_id = %(photo_id)s
returning photo_id;

-- name: photos.drop_faces
delete from photo_face where tenant_id = %(tenant)s and photo_id = any(%(photo_ids)s::uuid[]);

-- name: photos.enlist_photos
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

-- name: photos.faces_of_photo
select f.face_id::text, f.box_left, f.box_top, f.box_width, f.box_height, f.det_score, f.quality,
       coalesce(x.client_id, '') as client_id, coalesce(m.name, '') as client_name, x.similarity, x.decision
  from photo_face f
  left join face_match x on x.tenant_id = f.tenant_id and x.face_id = f.face_id
  left join member m on m.tenant_id = x.tenant_id and m.collection = x.collection and m.member_id = x.client_id
 where f.tenant_id = %(tenant)s and f.photo_id = %(photo_id)s
 order by f.box_width * f.box_height desc, f.face_id;

-- name: photos.fail_photo
update photo
   set attempts = attempts + 1, error_code = %(code)s, error_detail = %(detail)s,
       state = case when %(final)s then 'error' else 'pending' end,
       finished_at = case when %(final)s then now() end
 where tenant_id = %(tenant)s and photo_id = %(photo_id)s and job_id = %(job_id)s and state = 'processing'
returning key;

-- name: photos.forget_expired
delete from processing_cache where expires_at < now();

-- name: photos.get_photo
select p.photo_id::text, p.key, p.state, p.width, p.height, p.faces_detected, p.attempts, p.error_code, p.error_detail,
       p.finished_at
  from photo p
 where p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.photo_id = %(photo_id)s;

-- name: photos.has_face
select true
  from photo_face
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and photo_id = %(photo_id)s and face_id = %(face_id)s;

-- name: photos.left_photos
select photo_id::text
  from photo
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and job_id = %(job_id)s
   and state in ('pending', 'processing')
 order by key;

-- name: photos.lock_photos
select photo_id::text
  from photo
 where tenant_id = %(tenant)s and photo_id = any(%(photo_ids)s::uuid[]) and job_id = %(job_id)s
   and state = 'processing'
 order by photo_id
   for update;

-- name: photos.page_client_photos
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

-- name: photos.page_photos
select p.photo_id::text, p.key, p.state, p.width, p.height, p.faces_detected, p.attempts, p.error_code, p.error_detail,
       p.finished_at
  from photo p
 where p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.key > %(after)s
   and (%(state)s::text is null or p.state = %(state)s)
 order by p.key
 limit %(limit)s;

-- name: photos.photos_of_client
select photo_id::text
  from face_match
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and client_id = %(client_id)s;

-- name: photos.put_faces
insert into photo_face (
    tenant_id, gallery_id, photo_id, model_id, embedding, box_left, box_top, box_width, box_height, landmarks,
    det_score, quality, reasons
)
select %(tenant)s, %(gallery_id)s, photo_id, %(model_id)s, embedding::halfvec, box_left, box_top, box_width,
       box_height, landmarks::real[], det_score, quality, reasons::text[]
  from unnest(
       %(of_photo)s::uuid[], %(embedding)s::text[], %(left)s::float8[], %(top)s::float8[], %(width)s::float8[],
       %(height)s::float8[], %(landmarks)s::text[], %(det_score)s::float8[], %(quality)s::float8[],
       %(reasons)s::text[]
       ) as found (
       photo_id, embedding, box_left, box_top, box_width, box_height, landmarks, det_score, quality, reasons
       );

-- name: photos.reject
insert into rejection (tenant_id, photo_id, collection, client_id, box_left, box_top, box_width, box_height)
select pf.tenant_id, pf.photo_id, %(collection)s, %(client_id)s, pf.box_left, pf.box_top, pf.box_width, pf.box_height
  from photo_face pf
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.photo_id = %(photo_id)s
   and pf.face_id = %(face_id)s
    on conflict do nothing
returning photo_id;

-- name: photos.remember
insert into processing_cache (tenant_id, gallery_id, key, etag, model_id, threshold, max_faces, expires_at)
select %(tenant)s, %(gallery_id)s, seen.key, seen.etag, %(model_id)s, %(threshold)s, %(max_faces)s,
       now() + make_interval(days => %(days)s)
  from unnest(%(keys)s::text[], %(etags)s::text[]) as seen (key, etag)
    on conflict (tenant_id, gallery_id, key, etag, model_id, threshold, max_faces) do update
   set expires_at = excluded.expires_at;

-- name: photos.retry_photos
update photo
   set state = 'pending', job_id = %(job_id)s, claims = 0, attempts = 0, error_code = null, error_detail = null,
       finished_at = null
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and state = 'error'
   and (%(photo_ids)s::uuid[] is null or photo_id = any(%(photo_ids)s::uuid[]))
   and (%(of_job)s::uuid is null or job_id = %(of_job)s)
returning photo_id::text;

-- name: photos.settle_kept
update photo
   set state = 'done', error_code = null, error_detail = null, finished_at = now()
 where tenant_id = %(tenant)s and photo_id = %(photo_id)s;

-- name: photos.settle_photos
update photo p
   set state = 'done', etag = seen.etag, width = seen.width, height = seen.height,
       faces_detected = seen.faces_detected, error_code = null, error_detail = null, finished_at = now()
  from unnest(
       %(photo_ids)s::uuid[], %(etags)s::text[], %(widths)s::int[], %(heights)s::int[], %(counts)s::int[]
       ) as seen (photo_id, etag, width, height, faces_detected)
 where p.tenant_id = %(tenant)s and p.photo_id = seen.photo_id;

-- name: photos.unreject
delete from rejection r
 using photo_face pf
 where r.tenant_id = %(tenant)s and r.photo_id = %(photo_id)s and r.client_id = %(client_id)s
   and pf.tenant_id = r.tenant_id and pf.face_id = %(face_id)s and pf.photo_id = r.photo_id
   and pf.box_left = r.box_left and pf.box_top = r.box_top;

-- name: pool.begin
begin;
select set_config('search_path', 'face, extensions, public, face_queue', true),
       set_config('statement_timeout', %(milliseconds)s, true),
       set_config('face.tenant', %(tenant)s, true);

-- name: reindex.drop_others
delete from face where tenant_id = %(tenant)s and collection = %(collection)s and model_id <> %(model_id)s;

-- name: reindex.enlist_faces
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

-- name: reindex.forget_processed
delete from processing_cache c
 using gallery g
 where g.tenant_id = %(tenant)s and g.collection = %(collection)s and c.tenant_id = g.tenant_id
   and c.gallery_id = g.gallery_id;

-- name: reindex.lock_member
select true
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
   for no key update;

-- name: reindex.nothing_left
select true
  from job j
 where j.tenant_id = %(tenant)s and j.job_id = %(job_id)s and j.state = 'running' and j.listed
   and not exists (
       select from job_item i
        where i.tenant_id = j.tenant_id and i.job_id = j.job_id and i.state in ('pending', 'processing'));

-- name: reindex.original
select f.member_id, f.digest, f.source, f.box_left, f.box_top, f.box_width, f.box_height
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s;

-- name: reindex.put_twin
insert into face (
    tenant_id, collection, member_id, model_id, digest, embedding, box_left, box_top, box_width, box_height, landmarks,
    det_score, quality, reasons, source, created_at
)
select f.tenant_id, f.collection, f.member_id, %(model_id)s, f.digest, %(embedding)s::halfvec, %(left)s, %(top)s,
       %(width)s, %(height)s, %(landmarks)s::real[], %(det_score)s, %(quality)s, %(reasons)s::text[], f.source,
       f.created_at
  from face f
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.face_id = %(face_id)s
    on conflict (tenant_id, collection, member_id, digest, model_id) do nothing;

-- name: reindex.report_switch
update job
   set result = %(result)s
 where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: reindex.switch_collection
update collection
   set model_id = %(model_id)s
 where tenant_id = %(tenant)s and name = %(collection)s and model_id <> %(model_id)s
returning name;

-- name: reindex.take_your_time
select set_config('statement_timeout', '0', true);

-- name: unknown.best_members
select halfvec_send(pf.embedding), pf.box_left, pf.box_top, pf.box_width, pf.box_height, pf.landmarks, pf.det_score,
       pf.quality, pf.reasons, p.key,
       encode(sha256(convert_to(concat_ws('/', p.gallery_id, p.key, p.etag, round(pf.box_left::numeric, 3),
                                          round(pf.box_top::numeric, 3)), 'UTF8')), 'hex') as digest
  from unknown_member m
  join photo_face pf on pf.tenant_id = m.tenant_id and pf.face_id = m.face_id
  join photo p on p.tenant_id = m.tenant_id and p.photo_id = m.photo_id
 where m.tenant_id = %(tenant)s and m.gallery_id = %(gallery_id)s and m.group_id = %(group_id)s
   and pf.model_id = %(model_id)s
 order by m.place
 limit %(limit)s;

-- name: unknown.count_ungrouped
with part as (
    select count(*) as faces
      from unknown_member
     where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and current
     group by group_id
    having count(*) > 1
)
select (select count(*)
          from photo_face pf
         where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s
           and not exists (
               select from face_match x where x.tenant_id = pf.tenant_id and x.face_id = pf.face_id))
       - (select coalesce(sum(faces), 0) from part) as ungrouped;

-- name: unknown.dismiss
insert into dismissal (tenant_id, photo_id, box_left, box_top, box_width, box_height)
select tenant_id, photo_id, box_left, box_top, box_width, box_height
  from unknown_member
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and group_id = %(group_id)s and not dismissed
    on conflict do nothing;

-- name: unknown.find_face
select box_left, box_top, box_width, box_height
  from photo_face
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and photo_id = %(photo_id)s and face_id = %(face_id)s;

-- name: unknown.find_shot
select p.key, p.etag
  from photo p
 where p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.photo_id = %(photo_id)s;

-- name: unknown.forget_groups
delete from unknown_group
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and version <> %(version)s
   and seen_at < now() - make_interval(hours => %(hours)s);

-- name: unknown.last_grouping
select version, extract(epoch from now() - created_at)::double precision as age, seconds
  from group_run
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: unknown.page_groups
with member as materialized (
    select group_id, place, face_id, photo_id, dismissed
      from unknown_member
     where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and current
),
part as materialized (
    select group_id, faces, photos, dismissed, best
      from (
           select group_id, count(*) as faces, count(distinct photo_id) as photos,
                  2 * count(*) filter (where dismissed) >= count(*) as dismissed,
                  (array_agg(face_id order by place))[1] as best
             from member
            group by group_id
           having count(*) > 1
           ) as every
     where dismissed = %(dismissed)s and (-faces, group_id) > (%(above)s, %(after)s)
     order by faces desc, group_id
     limit %(limit)s
)
select part.group_id, part.faces, part.photos, part.dismissed, pf.face_id::text, pf.photo_id::text, p.key, pf.box_left,
       pf.box_top, pf.box_width, pf.box_height, pf.quality,
       (select u.similarities[array_position(u.face_ids, part.best)]
          from unknown_group u
         where u.tenant_id = %(tenant)s and u.gallery_id = %(gallery_id)s and u.group_id = part.group_id) as similarity
  from part
  join photo_face pf on pf.tenant_id = %(tenant)s and pf.face_id = part.best
  join photo p on p.tenant_id = %(tenant)s and p.photo_id = pf.photo_id
 order by part.faces desc, part.group_id;

-- name: unknown.page_members
select m.place, m.face_id::text, m.photo_id::text, p.key, m.box_left, m.box_top, m.box_width, m.box_height, m.quality,
       m.similarity
  from unknown_member m
  join photo p on p.tenant_id = m.tenant_id and p.photo_id = m.photo_id
 where m.tenant_id = %(tenant)s and m.gallery_id = %(gallery_id)s and m.group_id = %(group_id)s
   and m.place > %(after)s
 order by m.place
 limit %(limit)s;

-- name: unknown.put_group
insert into unknown_group as g (tenant_id, gallery_id, group_id, version, face_ids, similarities)
values (%(tenant)s, %(gallery_id)s, %(group_id)s, %(version)s, %(face_ids)s::uuid[], %(similarities)s::float8[])
    on conflict (tenant_id, gallery_id, group_id) do update set version = excluded.version, seen_at = now();

-- name: unknown.put_grouping
insert into group_run as g (tenant_id, gallery_id, version, cut, seconds)
values (%(tenant)s, %(gallery_id)s, %(version)s, %(cut)s, %(seconds)s)
    on conflict (tenant_id, gallery_id) do update
   set version = excluded.version, cut = excluded.cut, seconds = excluded.seconds, created_at = now();

-- name: unknown.strangers
select pf.face_id::text, pf.photo_id::text, halfvec_send(pf.embedding), pf.quality
  from photo_face pf
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s
   and not exists (
       select from face_match x where x.tenant_id = pf.tenant_id and x.face_id = pf.face_id)
 order by pf.face_id;

-- name: unknown.undismiss
delete from dismissal d
 using unknown_member m
 where m.tenant_id = %(tenant)s and m.gallery_id = %(gallery_id)s and m.group_id = %(group_id)s
   and d.tenant_id = m.tenant_id and d.photo_id = m.photo_id
   and 3 * greatest(0, least(m.box_left + m.box_width, d.box_left + d.box_width) - greatest(m.box_left, d.box_left))
         * greatest(0, least(m.box_top + m.box_height, d.box_top + d.box_height) - greatest(m.box_top, d.box_top))
       >= m.box_width * m.box_height + d.box_width * d.box_height;

-- name: unknown.version
select count(*) filter (where x.face_id is null) || '-'
       || coalesce(bit_xor(hashtextextended(pf.face_id::text, 0)) filter (where x.face_id is null), 0)
       || '-' || %(model_id)s::integer as version,
       count(*) as faces
  from photo_face pf
  left join face_match x on x.tenant_id = pf.tenant_id and x.face_id = pf.face_id
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s;

-- name: webhooks.delete_webhook
delete from webhook where tenant_id = %(tenant)s and webhook_id = %(webhook_id)s returning webhook_id;

-- name: webhooks.has_gallery
select true from gallery where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: webhooks.page_webhooks
select w.webhook_id, w.url, w.events, coalesce(w.gallery_id, '') as gallery_id, w.created_at, w.updated_at
  from webhook w
 where w.tenant_id = %(tenant)s and (w.webhook_id > %(after)s or w.webhook_id = %(only)s)
 order by w.webhook_id
 limit %(limit)s;

-- name: webhooks.put_webhook
insert into webhook as w (tenant_id, webhook_id, url, events, gallery_id, secret)
values (%(tenant)s, %(webhook_id)s, %(url)s, %(events)s, %(gallery_id)s, %(secret)s)
    on conflict (tenant_id, webhook_id) do update
   set url = excluded.url, events = excluded.events, gallery_id = excluded.gallery_id, updated_at = now(),
       secret = case when %(rotate)s then excluded.secret else w.secret end
returning secret = %(secret)s;
