-- name: pairs
-- Each face of the photos and each client it may be, by the best of the client's faces. All are compared; of those that
-- AWS keeps it is known how alike they are.
select pf.photo_id::text, pf.face_id::text, f.member_id, 1 - min(pf.embedding <=> f.embedding) as similarity
  from photo_face pf
  join collection c on c.tenant_id = pf.tenant_id and c.name = %(collection)s and c.model_id = pf.model_id
  join face f on f.tenant_id = pf.tenant_id and f.collection = c.name and f.model_id = c.model_id
 where pf.tenant_id = %(tenant)s and pf.photo_id = any(%(photo_ids)s::uuid[]) and pf.model_id = %(model_id)s
 group by pf.photo_id, pf.face_id, f.member_id
having 1 - min(pf.embedding <=> f.embedding) >= %(least)s
 union all
select pf.photo_id::text, pf.face_id::text, f.member_id, max(l.similarity) as similarity
  from photo_face pf
  join collection c on c.tenant_id = pf.tenant_id and c.name = %(collection)s and c.model_id = pf.model_id
  join likeness l on l.tenant_id = pf.tenant_id and l.remote_id = pf.remote_id and l.similarity >= %(least)s
  join face f on f.tenant_id = l.tenant_id and f.remote_id = l.other_id and f.collection = c.name
 where pf.tenant_id = %(tenant)s and pf.photo_id = any(%(photo_ids)s::uuid[]) and pf.model_id = %(model_id)s
 group by pf.photo_id, pf.face_id, f.member_id;

-- name: rejections
select r.photo_id::text, r.client_id, pf.face_id::text, r.box_left, r.box_top, r.box_width, r.box_height,
       pf.box_left as face_left, pf.box_top as face_top, pf.box_width as face_width, pf.box_height as face_height
  from rejection r
  join photo_face pf on pf.tenant_id = r.tenant_id and pf.photo_id = r.photo_id
 where r.tenant_id = %(tenant)s and r.photo_id = any(%(photo_ids)s::uuid[]);

-- name: touched_photos
-- Where a client is now, and where a face of theirs may be.
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
select pf.photo_id::text
  from face f
  join likeness l on l.tenant_id = f.tenant_id and l.remote_id = f.remote_id and l.similarity >= %(least)s
  join photo_face pf on pf.tenant_id = l.tenant_id and pf.remote_id = l.other_id and pf.model_id = f.model_id
 where f.tenant_id = %(tenant)s and f.collection = %(collection)s and f.member_id = %(client_id)s
   and f.model_id = %(model_id)s and pf.gallery_id = %(gallery_id)s
 union
select photo_id::text
  from face_match
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and client_id = %(client_id)s;

-- name: drop_matches
-- Of the photos all that are not chosen again, so that a face may change hands.
delete from face_match x
 where x.tenant_id = %(tenant)s and x.photo_id = any(%(photo_ids)s::uuid[])
   and not exists (
       select from unnest(%(faces)s::uuid[], %(clients)s::text[]) as chosen (face_id, client_id)
        where chosen.face_id = x.face_id and chosen.client_id = x.client_id);

-- name: put_matches
-- Return those that were not there before.
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
