-- name: create_key
insert into access_key (tenant_id, access_key_id, name, secret)
values (%(tenant)s, %(access_key_id)s, %(name)s, %(secret)s)
returning access_key_id, name, created_at;

-- name: page_keys
select access_key_id, name, created_at
  from access_key
 where tenant_id = %(tenant)s and access_key_id > %(after)s
 order by access_key_id
 limit %(limit)s;

-- name: delete_key
delete from access_key where tenant_id = %(tenant)s and access_key_id = %(access_key_id)s returning access_key_id;

-- name: signer
-- Ids are ours and random: no two tenants have the same.
select tenant_id, secret from access_key where access_key_id = %(access_key_id)s;
