-- name: page_collections
select c.name, c.kind, c.created_at, c.liveness,
       coalesce((select m.name
                   from model m
                  where m.tenant_id = c.tenant_id and m.model_id = c.model_id
                    and exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name)), '') as model,
       (select count(*) from member m where m.tenant_id = c.tenant_id and m.collection = c.name) as members,
       (select count(*)
          from face f
         where f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id) as faces
  from collection c
 where c.tenant_id = %(tenant)s and c.name > %(after)s
 order by c.name
 limit %(limit)s;

-- name: get_collection
select c.name, c.kind, c.created_at, c.liveness,
       coalesce((select m.name
                   from model m
                  where m.tenant_id = c.tenant_id and m.model_id = c.model_id
                    and exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name)), '') as model,
       (select count(*) from member m where m.tenant_id = c.tenant_id and m.collection = c.name) as members,
       (select count(*)
          from face f
         where f.tenant_id = c.tenant_id and f.collection = c.name and f.model_id = c.model_id) as faces
  from collection c
 where c.tenant_id = %(tenant)s and c.name = %(name)s;

-- name: put_collection
insert into collection (tenant_id, name, kind) values (%(tenant)s, %(name)s, %(kind)s)
    on conflict (tenant_id, name) do nothing;

-- name: get_liveness
select liveness from collection where tenant_id = %(tenant)s and name = %(name)s;

-- name: set_liveness
update collection set liveness = %(liveness)s
 where tenant_id = %(tenant)s and name = %(name)s and kind = %(kind)s;

-- name: delete_collection
-- Members and faces go with it, by their foreign keys.
delete from collection where tenant_id = %(tenant)s and name = %(name)s returning name;
