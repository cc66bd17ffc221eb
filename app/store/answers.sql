-- name: claim
-- Whether nobody else works on a request of that key. Held until the transaction ends, whoever dies.
select pg_try_advisory_xact_lock(hashtextextended(concat_ws('/', 'once', %(tenant)s::text, %(caller)s::text, %(key)s::text), 0));

-- name: kept
select a.route, a.digest, a.status, a.media_type, a.body
  from answer a
 where a.tenant_id = %(tenant)s and a.caller = %(caller)s and a.key = %(key)s
   and a.created_at > now() - make_interval(hours => %(hours)s);

-- name: has_written
select pg_current_xact_id_if_assigned() is not null;

-- name: keep
insert into answer (tenant_id, caller, key, route, digest, status, media_type, body)
values (%(tenant)s, %(caller)s, %(key)s, %(route)s, %(digest)s, %(status)s, %(media_type)s, %(body)s)
on conflict (tenant_id, caller, key)
do update set route = excluded.route, digest = excluded.digest, status = excluded.status,
              media_type = excluded.media_type, body = excluded.body, created_at = now();

-- name: forget
delete from answer where created_at <= now() - make_interval(hours => %(hours)s);
