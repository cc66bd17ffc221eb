-- name: put_tenant
insert into tenant (tenant_id, name) values (%(tenant)s, %(name)s)
    on conflict (tenant_id) do update set name = excluded.name
returning tenant_id, name, created_at;

-- name: get_tenant
select tenant_id, name, created_at from tenant where tenant_id = %(tenant)s;

-- name: page_tenants
select tenant_id, name, created_at from tenant where tenant_id > %(after)s order by tenant_id limit %(limit)s;

-- name: delete_galleries
-- First, since their collections do not go before them, and models not before the faces that they embedded.
delete from gallery where tenant_id = %(tenant)s;

-- name: delete_collections
delete from collection where tenant_id = %(tenant)s;

-- name: delete_tenant
delete from tenant where tenant_id = %(tenant)s returning tenant_id;
