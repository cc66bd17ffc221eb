-- name: lock_member
-- Whoever enrols, matches or finds the member meanwhile is waited for, or waits.
select member_id
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s
   for update;

-- name: traces
-- By what else the member may be named: the faces kept of them, and the pictures that those were taken from.
select coalesce(array_agg(face_id::text), '{}') as faces,
       coalesce(array_agg(distinct split_part(digest, '/', 1)), '{}') as digests
  from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: photos
-- The photos that the member is or may be in, and the faces there that are theirs for sure.
select photo_id::text, face_id::text, decision = 'match' as sure
  from face_match
 where tenant_id = %(tenant)s and collection = %(collection)s and client_id = %(member_id)s;

-- name: copies
-- What AWS calls those of its faces that go: one that was named from a photo is both.
select remote_id::text
  from face
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s and remote_id is not null
 union
select remote_id::text
  from photo_face
 where tenant_id = %(tenant)s and face_id = any(%(photo_faces)s::uuid[]) and remote_id is not null;

-- name: count_kept
-- What goes with the member, by foreign keys.
select (select count(*) from face_match x
         where x.tenant_id = m.tenant_id and x.collection = m.collection and x.client_id = m.member_id) as matches,
       (select count(*) from rejection r
         where r.tenant_id = m.tenant_id and r.collection = m.collection and r.client_id = m.member_id) as rejections,
       (select count(*) from image_match i
         where i.tenant_id = m.tenant_id and i.collection = m.collection and i.member_id = m.member_id) as hits,
       (select count(*) from blacklist_entry b
         where b.tenant_id = m.tenant_id and b.collection = m.collection and b.member_id = m.member_id) as entries,
       (select count(*) from consent c
         where c.tenant_id = m.tenant_id and c.collection = m.collection and c.member_id = m.member_id) as consents
  from member m
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = %(member_id)s;

-- name: images
-- Those in which the member was found, and those of pictures that they were enrolled from. owners: of each face that is
-- somebody's, by its number, whom it is most like; of another collection's members all are somebody else.
select p.image_id::text, p.faces,
       coalesce((
           select jsonb_object_agg(best.face, best.is_subject)
             from (
                  select distinct on (x.face) x.face,
                         x.collection = %(collection)s and x.member_id = %(member_id)s as is_subject
                    from image_match x
                   where x.tenant_id = p.tenant_id and x.image_id = p.image_id
                   order by x.face, x.similarity desc, x.member_id
                  ) as best), '{}') as owners
  from processed_image p
 where p.tenant_id = %(tenant)s
   and (p.digest = any(%(digests)s)
        or exists (
            select from image_match x
             where x.tenant_id = p.tenant_id and x.image_id = p.image_id and x.collection = %(collection)s
               and x.member_id = %(member_id)s))
   for update;

-- name: delete_images
delete from processed_image where tenant_id = %(tenant)s and image_id = any(%(images)s::uuid[]);

-- name: redact_image
update processed_image set faces = %(faces)s where tenant_id = %(tenant)s and image_id = %(image_id)s;

-- name: drop_faces_of_image
-- Whoever else they may have been.
delete from image_match
 where tenant_id = %(tenant)s and image_id = %(image_id)s and face = any(%(dropped)s::integer[]);

-- name: renumber_faces
-- To below zero first: one by one each new number could be another's old one.
update image_match x
   set face = -1 - given.new
  from unnest(%(old)s::integer[], %(new)s::integer[]) as given (old, new)
 where x.tenant_id = %(tenant)s and x.image_id = %(image_id)s and x.face = given.old;

-- name: settle_numbers
update image_match set face = -1 - face where tenant_id = %(tenant)s and image_id = %(image_id)s and face < 0;

-- name: delete_photo_faces
-- Their matches go with them.
delete from photo_face where tenant_id = %(tenant)s and face_id = any(%(photo_faces)s::uuid[]);

-- name: ungroup
-- Groups of the unknown, of faces that were named since.
with left_over as (
    select g.group_id,
           array_agg(m.face_id order by m.place) filter (where m.face_id <> all(%(photo_faces)s::uuid[])) as face_ids,
           array_agg(m.similarity order by m.place) filter (where m.face_id <> all(%(photo_faces)s::uuid[]))
               as similarities
      from unknown_group g
     cross join lateral unnest(g.face_ids, g.similarities) with ordinality as m (face_id, similarity, place)
     where g.tenant_id = %(tenant)s and g.gallery_id = %(gallery_id)s and g.face_ids && %(photo_faces)s::uuid[]
     group by g.group_id
)
update unknown_group g
   set face_ids = coalesce(left_over.face_ids, '{}'), similarities = coalesce(left_over.similarities, '{}')
  from left_over
 where g.tenant_id = %(tenant)s and g.gallery_id = %(gallery_id)s and g.group_id = left_over.group_id;

-- name: analyses
-- Whose result names the id in some place; where, is for the caller to see.
select job_id::text, request ->> 'folder' as folder, request ->> 'key' as key, result
  from job
 where tenant_id = %(tenant)s and kind = 'analysis' and subject = %(collection)s
   and position(%(quoted)s in result::text) > 0
   for update;

-- name: redact_analysis
-- The sender's name of the picture goes too: it may be the member's.
update job
   set result = %(result)s, request = jsonb_set(request, '{name}', '""')
 where tenant_id = %(tenant)s and job_id = %(job_id)s;

-- name: delete_analyses
delete from job where tenant_id = %(tenant)s and job_id = any(%(analyses)s::uuid[]);

-- name: delete_items
-- Of jobs that enrol or embed the member's pictures, and of which one in hand is then too late.
delete from job_item i
 using job j
 where i.tenant_id = %(tenant)s and j.tenant_id = i.tenant_id and j.job_id = i.job_id
   and j.subject = %(collection)s and j.kind <> 'gallery'
   and (i.member_id = %(member_id)s or i.key = any(%(faces)s))
returning i.job_id::text;

-- name: events_of_subject
-- That tell of nobody but the member, or of what is gone with them.
select event_id::text
  from event
 where tenant_id = %(tenant)s
   and (kind = 'client.matched' and gallery_id = %(gallery_id)s and payload ->> 'client_id' = %(member_id)s
        or kind = 'blacklist.hit'
           and (payload ->> 'collection' = %(collection)s and payload ->> 'entry_id' = %(member_id)s
                or payload ->> 'image_id' = any(%(images)s))
        or kind = 'job.failed' and payload ->> 'subject' = %(collection)s
           and (payload ->> 'member_id' = %(member_id)s or payload ->> 'key' = any(%(faces)s))
        or kind = 'analysis.done' and payload ->> 'analysis_id' = any(%(analyses)s));

-- name: events_of_analyses
select event_id::text, payload
  from event
 where tenant_id = %(tenant)s and kind = 'analysis.done' and payload ->> 'collection' = %(collection)s
   and position(%(quoted)s in payload::text) > 0
   and payload ->> 'analysis_id' <> all(%(analyses)s)
   for update;

-- name: redact_event
update event set payload = %(payload)s where tenant_id = %(tenant)s and event_id = %(event_id)s;

-- name: count_deliveries
select count(*) from delivery where tenant_id = %(tenant)s and event_id = any(%(events)s::uuid[]);

-- name: delete_events
-- Their deliveries go with them; a worker that is told of one finds nothing to deliver.
delete from event where tenant_id = %(tenant)s and event_id = any(%(events)s::uuid[]);

-- name: delete_answers
-- To requests that name the member in their path, and those that say the id or one of the traces. Rather one too many:
-- that request, sent again, is done again.
delete from answer a
 where a.tenant_id = %(tenant)s
   and (position('/' || %(member_id)s || '/' in a.route) > 0
        or position('/' || %(member_id)s || '?' in a.route) > 0
        or position(convert_to(%(quoted)s, 'UTF8') in a.body) > 0
        or exists (
            select from unnest(%(names)s::text[]) as known (name)
             where position(known.name in a.route) > 0 or position(convert_to(known.name, 'UTF8') in a.body) > 0));

-- name: delete_request_tokens
delete from request_token t
 where t.tenant_id = %(tenant)s
   and (position(%(quoted)s in t.answer::text) > 0
        or exists (
            select from unnest(%(names)s::text[]) as known (name) where position(known.name in t.answer::text) > 0));

-- name: delete_faces
delete from face where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: delete_member
delete from member where tenant_id = %(tenant)s and collection = %(collection)s and member_id = %(member_id)s;

-- name: keep_erasure
insert into erasure (tenant_id, erasure_id, collection, subject, counts, receipt, erased_at)
values (%(tenant)s, %(erasure_id)s, %(collection)s, %(subject)s, %(counts)s, %(receipt)s, %(erased_at)s);

-- name: last_erasure
select erasure_id::text, erased_at, counts, receipt, true as already
  from erasure
 where tenant_id = %(tenant)s and collection = %(collection)s and subject = any(%(subjects)s)
 order by erased_at desc, added desc
 limit 1;
