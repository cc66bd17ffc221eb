-- name: add_key
insert into api_key (tenant_id, digest, prefix, name, scopes, collections, expires_at)
values (%(tenant)s, %(digest)s, %(prefix)s, %(name)s, %(scopes)s, %(collections)s, %(expires_at)s)
returning tenant_id as tenant, key_id::text, prefix, name, scopes, collections, created_at, expires_at, revoked_at,
          last_used_at;

-- name: page_keys
-- Newest first.
select k.tenant_id as tenant, k.key_id::text, k.prefix, k.name, k.scopes, k.collections, k.created_at, k.expires_at,
       k.revoked_at, k.last_used_at
  from api_key k
 where k.tenant_id = %(tenant)s and (k.created_at, k.key_id) < (%(before_time)s::timestamptz, %(before)s::uuid)
 order by k.created_at desc, k.key_id desc
 limit %(limit)s;

-- name: get_key
select k.tenant_id as tenant, k.key_id::text, k.prefix, k.name, k.scopes, k.collections, k.created_at, k.expires_at,
       k.revoked_at, k.last_used_at
  from api_key k
 where k.tenant_id = %(tenant)s and k.key_id = %(key_id)s;

-- name: revoke_key
update api_key set revoked_at = coalesce(revoked_at, now())
 where tenant_id = %(tenant)s and key_id = %(key_id)s
returning key_id;

-- name: find_key
-- Whose it is, is what is asked. That it is used is written down every five minutes: a write a call would be a queue.
with used as (
    update api_key set last_used_at = now()
     where digest = %(digest)s and revoked_at is null and (expires_at is null or expires_at > now())
       and (last_used_at is null or last_used_at < now() - interval '5 minutes')
)
select k.tenant_id as tenant, k.key_id::text, k.prefix, k.name, k.scopes, k.collections, k.created_at, k.expires_at,
       k.revoked_at, k.last_used_at
  from api_key k
 where k.digest = %(digest)s;
