-- How much a tenant may keep, and how consents that end are found.

-- 0: no limit.
alter table face.tenant
    add column max_members integer not null default 0 check (max_members >= 0),
    add column max_photos integer not null default 0 check (max_photos >= 0);

-- Whoever adds a tenant's members or photos, in whatever way: where it has a quota they take turns, and each counts what
-- those before have kept. Whoever adds none does not wait.
create function face.heed_quota() returns trigger language plpgsql as $$
declare
    quota record;
    taken bigint;
begin
    for quota in
        select t.tenant_id, case tg_table_name when 'member' then t.max_members else t.max_photos end as most
          from face.tenant t
         where t.tenant_id in (select a.tenant_id from added a)
           and case tg_table_name when 'member' then t.max_members else t.max_photos end > 0
         order by t.tenant_id
           for no key update of t
    loop
        execute pg_catalog.format('select count(*) from face.%I where tenant_id = $1', tg_table_name)
           into taken using quota.tenant_id;
        if taken > quota.most then
            raise exception 'the tenant is full' using errcode = 'FR002', table = tg_table_name;
        end if;
    end loop;
    return null;
end
$$;

create trigger quota after insert on face.member referencing new table as added
    for each statement execute function face.heed_quota();
create trigger quota after insert on face.photo referencing new table as added
    for each statement execute function face.heed_quota();

create index consent_end on face.consent (tenant_id, collection, expires_at) where withdrawn_at is null;
