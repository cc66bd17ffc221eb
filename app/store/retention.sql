-- name: see
-- In order, so that two who see the same ones do not wait for each other. Who is gone meanwhile is left out.
insert into sighting as s (tenant_id, collection, member_id, seen_on)
select tenant_id, collection, member_id, %(today)s::date
  from member
 where tenant_id = %(tenant)s and collection = %(collection)s and member_id = any(%(members)s::text[])
 order by member_id
   for key share
    on conflict (tenant_id, collection, member_id) do update set seen_on = excluded.seen_on
 where s.seen_on < excluded.seen_on;

-- name: list_watched
-- Collections in which somebody's time may be over.
select c.tenant_id, c.name
  from collection c
 where c.retention_days > 0
    or exists (
       select from consent k
        where k.tenant_id = c.tenant_id and k.collection = c.name and k.withdrawn_at is null and k.expires_at <= now())
 order by c.tenant_id, c.name;

-- name: overdue
-- Members who have faces, and either the last of their consents has ended, or nobody enrolled or recognised them for as
-- long as the collection says. Null asks among all.
select m.member_id
  from member m
  join collection c on c.tenant_id = m.tenant_id and c.name = m.collection
 cross join lateral (
       select max(f.created_at) as enrolled_at
         from face f
        where f.tenant_id = m.tenant_id and f.collection = m.collection and f.member_id = m.member_id) as kept
 where m.tenant_id = %(tenant)s and m.collection = %(collection)s
   and (%(members)s::text[] is null or m.member_id = any(%(members)s::text[]))
   and kept.enrolled_at is not null
   and (c.retention_days > 0
        and kept.enrolled_at < now() - make_interval(days => c.retention_days)
        and not exists (
            select from sighting s
             where s.tenant_id = m.tenant_id and s.collection = m.collection and s.member_id = m.member_id
               and s.seen_on >= (now() at time zone 'utc')::date - c.retention_days)
        or exists (
           select from consent k
            where k.tenant_id = m.tenant_id and k.collection = m.collection and k.member_id = m.member_id
              and k.withdrawn_at is null and k.expires_at <= now())
       and not exists (
           select from consent k
            where k.tenant_id = m.tenant_id and k.collection = m.collection and k.member_id = m.member_id
              and face.is_valid(k)))
 order by m.member_id
 limit %(limit)s;
