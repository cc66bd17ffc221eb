-- name: member
select m.member_id, m.name, m.metadata, c.kind, m.created_at, m.updated_at, s.seen_on
  from member m
  left join sighting s on s.tenant_id = m.tenant_id and s.collection = m.collection and s.member_id = m.member_id
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = %(member_id)s;

-- name: blacklist
select reason, active, expires_at
  from blacklist_entry
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: consents
select c.consent_id::text, c.basis, c.purpose, c.given_at, c.expires_at, c.evidence, c.withdrawn_at, c.created_at
  from consent c
 where c.tenant_id = %(tenant)s and c.collection = %(collection)s and c.member_id = %(member_id)s
 order by c.created_at, c.consent_id;

-- name: faces
-- Those of every model, also of one that the collection is on its way to.
select f.face_id::text, o.name as model, f.embedding::text::json as embedding,
       json_build_object('left', f.box_left, 'top', f.box_top, 'width', f.box_width, 'height', f.box_height) as box,
       f.landmarks, f.det_score, f.quality, f.reasons, split_part(f.digest, '/', 1) as digest, f.source,
       f.image_id::text, f.external_id, f.created_at
  from face f
  join model o on o.tenant_id = f.tenant_id and o.model_id = f.model_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.member_id = %(member_id)s
 order by f.created_at, f.face_id;

-- name: photos
-- Of a face that may as well be somebody else's, no embedding.
select p.photo_id::text, g.source as folder, p.key, x.similarity, x.decision, x.face_id::text,
       json_build_object('left', f.box_left, 'top', f.box_top, 'width', f.box_width, 'height', f.box_height) as box,
       case when x.decision = 'match' then f.embedding::text::json end as embedding, x.created_at
  from face_match x
  join photo_face f on f.tenant_id = x.tenant_id and f.face_id = x.face_id
  join photo p on p.tenant_id = x.tenant_id and p.photo_id = x.photo_id
  join gallery g on g.tenant_id = p.tenant_id and g.gallery_id = p.gallery_id
 where x.tenant_id = %(tenant)s and x.collection = %(collection)s and x.client_id = %(member_id)s
 order by x.created_at, x.photo_id;

-- name: rejections
select p.photo_id::text, p.key,
       json_build_object('left', r.box_left, 'top', r.box_top, 'width', r.box_width, 'height', r.box_height) as box,
       r.created_at
  from rejection r
  join photo p on p.tenant_id = r.tenant_id and p.photo_id = r.photo_id
 where r.tenant_id = %(tenant)s and r.collection = %(collection)s and r.client_id = %(member_id)s
 order by r.created_at, r.photo_id;

-- name: processed_images
select p.image_id::text, p.digest, p.source, p.model, x.similarity, x.decision, p.faces -> x.face as face, p.created_at
  from image_match x
  join processed_image p on p.tenant_id = x.tenant_id and p.image_id = x.image_id
 where x.tenant_id = %(tenant)s and x.collection = %(collection)s and x.member_id = %(member_id)s
 order by p.created_at, p.image_id, x.face;

-- name: analyses
-- Whose result names the id in some place; where, is for the caller to see.
select job_id::text as analysis_id, request ->> 'source' as source, request ->> 'name' as name, result, created_at
  from job
 where tenant_id = %(tenant)s and kind = 'analysis' and subject = %(collection)s
   and position(%(quoted)s in result::text) > 0
 order by created_at, job_id;

-- name: jobs
select j.job_id::text, j.kind, i.key, i.state, i.error_code, j.created_at
  from job_item i
  join job j on j.tenant_id = i.tenant_id and j.job_id = i.job_id
 where i.tenant_id = %(tenant)s and j.subject = %(collection)s and j.kind <> 'gallery' and i.member_id = %(member_id)s
 order by j.created_at, i.item_id;

-- name: events
-- That tell of the member and nobody else, with those who were told.
select e.event_id::text, e.kind, e.payload, e.created_at,
       coalesce((
           select json_agg(json_build_object('channel', d.channel, 'to', w.url, 'state', d.state,
                                             'finished_at', d.finished_at) order by d.created_at, d.delivery_id)
             from delivery d
             left join webhook w on w.tenant_id = d.tenant_id and w.webhook_id = d.webhook_id
            where d.tenant_id = e.tenant_id and d.event_id = e.event_id), '[]') as told
  from event e
 where e.tenant_id = %(tenant)s
   and (e.kind = 'client.matched' and e.gallery_id = %(gallery_id)s and e.payload ->> 'client_id' = %(member_id)s
        or e.kind = 'blacklist.hit' and e.payload ->> 'collection' = %(collection)s
           and e.payload ->> 'entry_id' = %(member_id)s
        or e.kind = 'job.failed' and e.payload ->> 'subject' = %(collection)s
           and e.payload ->> 'member_id' = %(member_id)s)
 order by e.created_at, e.event_id;
