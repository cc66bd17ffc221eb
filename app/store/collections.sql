-- name: page_collections
select c.name, c.kind, c.created_at, c.liveness, c.backend, c.consent_required, c.retention_days,
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
select c.name, c.kind, c.created_at, c.liveness, c.backend, c.consent_required, c.retention_days,
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
-- Null leaves a rule as it is; no row is changed where the kind is another.
insert into collection as c (tenant_id, name, kind, liveness, backend, consent_required, retention_days)
values (%(tenant)s, %(name)s, %(kind)s, coalesce(%(liveness)s, 'off'), %(backend)s,
        coalesce(%(consent_required)s, false), coalesce(%(retention_days)s, 0))
    on conflict (tenant_id, name) do update
   set liveness = coalesce(%(liveness)s, c.liveness), backend = coalesce(excluded.backend, c.backend),
       consent_required = coalesce(%(consent_required)s, c.consent_required),
       retention_days = coalesce(%(retention_days)s, c.retention_days)
 where c.kind = excluded.kind;

-- name: get_liveness
select liveness from collection where tenant_id = %(tenant)s and name = %(name)s;

-- name: delete_collection
-- Members and faces go with it, by their foreign keys.
delete from collection where tenant_id = %(tenant)s and name = %(name)s returning name;

-- name: find_backend
-- Whose faces are in it, and who is to recognise them. model: "" where there are none.
select coalesce((select m.recogniser_sha256
                   from model m
                  where m.tenant_id = c.tenant_id and m.model_id = c.model_id
                    and exists (select from face f where f.tenant_id = c.tenant_id and f.collection = c.name)), '') as model,
       c.backend
  from collection c
 where c.tenant_id = %(tenant)s and c.name = %(name)s;
