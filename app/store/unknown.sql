-- name: version
-- What is grouped: all faces that are nobody's. Of a set of ids the sum of hashes, whatever their order.
select count(*) filter (where x.face_id is null) || '-'
       || coalesce(bit_xor(hashtextextended(pf.face_id::text, 0)) filter (where x.face_id is null), 0)
       || '-' || %(model_id)s::integer as version,
       count(*) as faces
  from photo_face pf
  left join face_match x on x.tenant_id = pf.tenant_id and x.face_id = pf.face_id
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s;

-- name: last_grouping
select version, extract(epoch from now() - created_at)::double precision as age, seconds
  from group_run
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s;

-- name: strangers
-- By id, so that the same faces give the same groups.
select pf.face_id::text, pf.photo_id::text, halfvec_send(pf.embedding), pf.quality, pf.remote_id::text
  from photo_face pf
 where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s
   and not exists (
       select from face_match x where x.tenant_id = pf.tenant_id and x.face_id = pf.face_id)
 order by pf.face_id;

-- name: kin
-- How alike those are that AWS keeps, each pair once.
with stranger as materialized (
    select pf.remote_id
      from photo_face pf
     where pf.tenant_id = %(tenant)s and pf.gallery_id = %(gallery_id)s and pf.model_id = %(model_id)s
       and not exists (
           select from face_match x where x.tenant_id = pf.tenant_id and x.face_id = pf.face_id)
)
select l.remote_id::text, l.other_id::text, l.similarity
  from stranger
  join likeness l on l.tenant_id = %(tenant)s and l.remote_id = stranger.remote_id and l.remote_id < l.other_id
  join stranger other on other.remote_id = l.other_id;

-- name: put_grouping
insert into group_run as g (tenant_id, gallery_id, version, cut, seconds)
values (%(tenant)s, %(gallery_id)s, %(version)s, %(cut)s, %(seconds)s)
    on conflict (tenant_id, gallery_id) do update
   set version = excluded.version, cut = excluded.cut, seconds = excluded.seconds, created_at = now();

-- name: put_group
insert into unknown_group as g (tenant_id, gallery_id, group_id, version, face_ids, similarities)
values (%(tenant)s, %(gallery_id)s, %(group_id)s, %(version)s, %(face_ids)s::uuid[], %(similarities)s::float8[])
    on conflict (tenant_id, gallery_id, group_id) do update set version = excluded.version, seen_at = now();

-- name: forget_groups
-- Those that nobody can have seen lately.
delete from unknown_group
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and version <> %(version)s
   and seen_at < now() - make_interval(hours => %(hours)s);

-- name: page_groups
-- Largest first, as they are now: faces that were named or are gone meanwhile do not count.
-- Materialized: each face is looked up once, and not again for every group.
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

-- name: count_ungrouped
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

-- name: page_members
select m.place, m.face_id::text, m.photo_id::text, p.key, m.box_left, m.box_top, m.box_width, m.box_height, m.quality,
       m.similarity
  from unknown_member m
  join photo p on p.tenant_id = m.tenant_id and p.photo_id = m.photo_id
 where m.tenant_id = %(tenant)s and m.gallery_id = %(gallery_id)s and m.group_id = %(group_id)s
   and m.place > %(after)s
 order by m.place
 limit %(limit)s;

-- name: best_members
-- The digest stands for the picture of the face: the same one, should the photo be processed again.
select halfvec_send(pf.embedding), pf.remote_id::text, pf.box_left, pf.box_top, pf.box_width, pf.box_height, pf.landmarks, pf.det_score,
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

-- name: dismiss
insert into dismissal (tenant_id, photo_id, box_left, box_top, box_width, box_height)
select tenant_id, photo_id, box_left, box_top, box_width, box_height
  from unknown_member
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and group_id = %(group_id)s and not dismissed
    on conflict do nothing;

-- name: undismiss
delete from dismissal d
 using unknown_member m
 where m.tenant_id = %(tenant)s and m.gallery_id = %(gallery_id)s and m.group_id = %(group_id)s
   and d.tenant_id = m.tenant_id and d.photo_id = m.photo_id
   and 3 * greatest(0, least(m.box_left + m.box_width, d.box_left + d.box_width) - greatest(m.box_left, d.box_left))
         * greatest(0, least(m.box_top + m.box_height, d.box_top + d.box_height) - greatest(m.box_top, d.box_top))
       >= m.box_width * m.box_height + d.box_width * d.box_height;

-- name: find_shot
select p.key, p.etag
  from photo p
 where p.tenant_id = %(tenant)s and p.gallery_id = %(gallery_id)s and p.photo_id = %(photo_id)s;

-- name: find_face
select box_left, box_top, box_width, box_height
  from photo_face
 where tenant_id = %(tenant)s and gallery_id = %(gallery_id)s and photo_id = %(photo_id)s and face_id = %(face_id)s;
