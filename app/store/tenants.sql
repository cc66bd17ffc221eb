-- name: put_tenant
-- Null leaves a quota as it is.
insert into tenant as t (tenant_id, name, max_members, max_photos)
values (%(tenant)s, %(name)s, coalesce(%(max_members)s, 0), coalesce(%(max_photos)s, 0))
    on conflict (tenant_id) do update
   set name = excluded.name, max_members = coalesce(%(max_members)s, t.max_members),
       max_photos = coalesce(%(max_photos)s, t.max_photos)
returning tenant_id, name, created_at, max_members, max_photos,
       (select count(*) from member m where m.tenant_id = t.tenant_id) as members,
       (select count(*) from photo p where p.tenant_id = t.tenant_id) as photos;

-- name: get_tenant
select tenant_id, name, created_at, max_members, max_photos,
       (select count(*) from member m where m.tenant_id = t.tenant_id) as members,
       (select count(*) from photo p where p.tenant_id = t.tenant_id) as photos
  from tenant t
 where tenant_id = %(tenant)s;

-- name: page_tenants
select tenant_id, name, created_at, max_members, max_photos,
       (select count(*) from member m where m.tenant_id = t.tenant_id) as members,
       (select count(*) from photo p where p.tenant_id = t.tenant_id) as photos
  from tenant t
 where tenant_id > %(after)s
 order by tenant_id
 limit %(limit)s;

-- name: delete_galleries
-- First, since their collections do not go before them, and models not before the faces that they embedded.
delete from gallery where tenant_id = %(tenant)s;

-- name: delete_collections
delete from collection where tenant_id = %(tenant)s;

-- name: delete_tenant
delete from tenant where tenant_id = %(tenant)s returning tenant_id;
