-- name: keep_image
insert into processed_image (
    tenant_id, collection, digest, source, width, height, faces_detected, threshold, model, faces
)
values (
    %(tenant)s, %(collection)s, %(digest)s, %(source)s, %(width)s, %(height)s, %(faces_detected)s, %(threshold)s,
    %(model)s, %(faces)s
)
returning image_id::text;

-- name: keep_matches
-- Of those who are still there. Whether they are to be told of comes back with each.
with given as (
    select face, member_id, face_id, similarity, decision
      from unnest(
           %(numbers)s::int[], %(member_ids)s::text[], %(face_ids)s::uuid[], %(similarities)s::double precision[],
           %(decisions)s::text[]) as found (face, member_id, face_id, similarity, decision)
)
insert into image_match (
    tenant_id, image_id, face, collection, member_id, face_id, similarity, decision, created_at
)
select p.tenant_id, p.image_id, given.face, m.collection, m.member_id, given.face_id, given.similarity, given.decision,
       p.created_at
  from given
  join processed_image p on p.tenant_id = %(tenant)s and p.image_id = %(image_id)s
  join member m on m.tenant_id = p.tenant_id and m.collection = p.collection and m.member_id = given.member_id;

-- name: kind_of
select kind from collection where tenant_id = %(tenant)s and name = %(collection)s;

-- name: page_images
-- Newest first, or the only one that is asked for.
select p.image_id::text, p.collection, p.digest, p.source, p.width, p.height, p.faces_detected, p.threshold, p.model,
       p.faces, p.created_at, who.found
  from processed_image p
 cross join lateral (
       select coalesce(
                  jsonb_agg(
                      jsonb_build_object(
                          'face', x.face, 'member_id', x.member_id, 'name', m.name, 'face_id', x.face_id,
                          'similarity', x.similarity, 'decision', x.decision)
                      order by x.similarity desc, x.member_id, x.face),
                  '[]') as found,
              coalesce(bool_or(x.decision = 'match'), false) as matched,
              coalesce(bool_or(x.member_id = %(identity)s), false) as named
         from image_match x
         join member m on m.tenant_id = x.tenant_id and m.collection = x.collection and m.member_id = x.member_id
        where x.tenant_id = p.tenant_id and x.image_id = p.image_id
       ) as who
 where p.tenant_id = %(tenant)s
   and (%(only)s::uuid is null or p.image_id = %(only)s)
   and (%(wanted_collection)s::text is null or p.collection = %(wanted_collection)s)
   and (%(matched)s::boolean is null or who.matched = %(matched)s)
   and (%(identity)s::text is null or who.named)
   and (%(source)s::text is null or starts_with(p.source, %(source)s))
   and (%(since)s::timestamptz is null or p.created_at >= %(since)s)
   and (%(until)s::timestamptz is null or p.created_at < %(until)s)
   and (p.created_at, p.image_id) < (%(before_time)s::timestamptz, %(before_image)s::uuid)
 order by p.created_at desc, p.image_id desc
 limit %(limit)s;

-- name: delete_image
-- Its matches go with it.
delete from processed_image where tenant_id = %(tenant)s and image_id = %(image_id)s returning image_id;

-- name: forget_old_images
delete from processed_image where created_at < now() - make_interval(days => %(days)s);
