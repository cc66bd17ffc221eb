-- On what basis faces are kept, and for how long.

-- consent_required: whether a face is kept only of members with a valid consent. retention_days: faces of whoever was
-- neither enrolled nor recognised for so long are deleted; 0: never.
alter table face.collection
    add column consent_required boolean not null default false,
    add column retention_days integer not null default 0 check (retention_days >= 0);

-- The same words of the same moment are the same consent.
create table face.consent (
    tenant_id text collate "C" not null,
    consent_id uuid not null default gen_random_uuid(),
    collection text collate "C" not null,
    member_id text collate "C" not null,
    basis text not null,
    purpose text not null,
    given_at timestamptz not null,
    expires_at timestamptz,
    evidence text not null default '',
    withdrawn_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (tenant_id, consent_id),
    unique (tenant_id, collection, member_id, basis, purpose, given_at),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade
);
select face.isolate('face.consent');

-- Whether consents allow something now.
create function face.is_valid(consent face.consent) returns boolean language sql stable as $$
    select (consent).withdrawn_at is null and (consent).given_at <= pg_catalog.now()
       and ((consent).expires_at is null or (consent).expires_at > pg_catalog.now())
$$;

-- Whoever keeps a face, in whatever way: where consent is required there must be one. It stays as it is until the face is
-- kept, so that a withdrawal either comes before or finds the face. A face that is kept already may be embedded anew.
create function face.require_consent() returns trigger language plpgsql as $$
begin
    if not exists (
        select from face.collection c
         where c.tenant_id = new.tenant_id and c.name = new.collection and c.consent_required)
    then
        return new;
    end if;
    perform from face.consent c
      where c.tenant_id = new.tenant_id and c.collection = new.collection and c.member_id = new.member_id
        and face.is_valid(c)
      limit 1
        for share;
    if not found and not exists (
        select from face.face f
         where f.tenant_id = new.tenant_id and f.collection = new.collection and f.member_id = new.member_id
           and f.digest = new.digest)
    then
        raise exception 'consent is required' using errcode = 'FR001';
    end if;
    return new;
end
$$;

create trigger consent before insert or update of collection, member_id on face.face
    for each row execute function face.require_consent();

-- When a member was recognised last; written once a day at most.
create table face.sighting (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    member_id text collate "C" not null,
    seen_on date not null,
    primary key (tenant_id, collection, member_id),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade
);
select face.isolate('face.sighting');
