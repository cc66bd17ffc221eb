-- name: has_blacklist
select true from collection where tenant_id = %(tenant)s and name = %(collection)s and kind = 'blacklist';

-- name: add_member
insert into member (tenant_id, collection, member_id, name, metadata)
values (%(tenant)s, %(collection)s, %(entry_id)s, coalesce(%(name)s, ''), coalesce(%(metadata)s, '{}'::jsonb))
    on conflict (tenant_id, collection, member_id) do nothing
returning member_id;

-- name: change_member
-- Null leaves a column as it is.
update member m
   set name = coalesce(%(name)s, m.name), metadata = coalesce(%(metadata)s, m.metadata), updated_at = now()
  from collection c
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s and m.member_id = %(entry_id)s
   and c.tenant_id = m.tenant_id and c.name = m.collection and c.kind = 'blacklist'
returning m.member_id;

-- name: say
-- Null leaves a column as it is.
insert into blacklist_entry as e (tenant_id, collection, member_id, reason, active, expires_at)
values (%(tenant)s, %(collection)s, %(entry_id)s, coalesce(%(reason)s, ''), coalesce(%(active)s, true), %(expires_at)s)
    on conflict (tenant_id, collection, member_id) do update
   set reason = coalesce(%(reason)s, e.reason), active = coalesce(%(active)s, e.active),
       expires_at = case when not %(endless)s then coalesce(%(expires_at)s::timestamptz, e.expires_at) end;

-- name: page_entries
-- Or the only one that is asked for.
select m.member_id as entry_id, m.name, coalesce(e.reason, '') as reason, m.metadata, coalesce(e.active, true) as active,
       e.expires_at, now_is.in_force, m.created_at, m.updated_at,
       (select count(*)
          from face f
         where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id
           and f.model_id = c.model_id) as images,
       (select count(distinct x.image_id)
          from image_match x
         where x.tenant_id = m.tenant_id and x.collection = m.collection and x.member_id = m.member_id
           and x.decision = 'match') as hits
  from member m
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection and c.kind = 'blacklist'
  left join blacklist_entry e
    on e.tenant_id = m.tenant_id and e.collection = m.collection and e.member_id = m.member_id
 cross join lateral (
       select coalesce(e.active, true) and (e.expires_at is null or e.expires_at > now()) as in_force
       ) as now_is
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s
   and (m.member_id > %(after)s or m.member_id = %(only)s)
   and (%(in_force)s::boolean is null or now_is.in_force = %(in_force)s)
 order by m.member_id
 limit %(limit)s;

-- name: out_of_force
select member_id
  from blacklist_entry
 where tenant_id = %(tenant)s and collection = %(collection)s and (not active or expires_at <= now());

-- name: page_hits
-- Newest first; of several faces of a picture the one most alike.
select hit.image_id::text, p.source, hit.face_id::text, hit.similarity, hit.decision, hit.created_at,
       p.faces -> hit.face -> 'box' as box
  from (
       select distinct on (x.created_at, x.image_id) x.*
         from image_match x
        where x.tenant_id = %(tenant)s and x.collection = %(collection)s and x.member_id = %(entry_id)s
          and (%(review)s or x.decision = 'match')
          and (x.created_at, x.image_id) < (%(before_time)s::timestamptz, %(before_image)s::uuid)
        order by x.created_at desc, x.image_id desc, x.similarity desc
        limit %(limit)s
       ) as hit
  join processed_image p on p.tenant_id = hit.tenant_id and p.image_id = hit.image_id
 order by hit.created_at desc, hit.image_id desc;
