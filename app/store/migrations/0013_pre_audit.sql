-- Who did what, in a chain of lines for each tenant. It refers to no tenant: what was done outlives whom it was done to.

-- The last line of a tenant's chain, and the last that was pruned from its beginning.
create table face.audit_book (
    tenant_id text collate "C" not null,
    sequence bigint not null default 0,
    hash text collate "C" not null default '',
    kept_sequence bigint not null default 0,
    kept_hash text collate "C" not null default '',
    primary key (tenant_id)
);
select face.isolate('face.audit_book');

-- See domain/audit.py. subjects: the members that a line is about, as HMACs with the tenant's key; no picture, no
-- embedding, no id. hash: over all else, `previous` among it, which is the hash of the line before.
create table face.audit (
    tenant_id text collate "C" not null,
    sequence bigint not null,
    at timestamptz not null,
    actor text not null,
    action text collate "C" not null,
    collection text collate "C" not null,
    subjects text[] not null,
    target text not null,
    request_id text not null,
    status integer not null,
    outcome text collate "C" not null,
    previous text collate "C" not null,
    hash text collate "C" not null,
    primary key (tenant_id, sequence)
);
create index audit_time on face.audit (tenant_id, at);
select face.isolate('face.audit');

-- With it goes what tells whom the lines are about. secret: sealed.
create table face.audit_key (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    secret text not null,
    primary key (tenant_id)
);
select face.isolate('face.audit_key');

-- Lines are added, and those go that were pruned by the function below; whoever asks, unless they switch this off first,
-- which the chain tells of.
create function face.keep_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.sequence <= (select b.kept_sequence from face.audit_book b where b.tenant_id = old.tenant_id) then
            return old;
        end if;
    end if;
    raise exception 'the audit log is only ever added to' using errcode = 'insufficient_privilege';
end
$$;

create trigger keep before update or delete on face.audit for each row execute function face.keep_audit();
create trigger keep_all before truncate on face.audit for each statement execute function face.keep_audit();

-- Drop at most so many of a tenant's first lines that are older than so many days, and say how many. Runs as the owner: the
-- service itself may delete no line.
create function face.prune_audit(tenant text, days integer, most integer) returns integer
    language plpgsql security definer set search_path = '' as $$
declare
    head bigint;
    until bigint;
    gone integer;
begin
    select b.sequence into head from face.audit_book b where b.tenant_id = tenant for update;
    select coalesce(min(a.sequence) - 1, head) into until
      from face.audit a
     where a.tenant_id = tenant and a.at >= pg_catalog.now() - pg_catalog.make_interval(days => days);
    select max(a.sequence) into until
      from (select sequence from face.audit
             where tenant_id = tenant and sequence <= until
             order by sequence
             limit most) a;
    update face.audit_book b
       set kept_sequence = a.sequence, kept_hash = a.hash
      from face.audit a
     where b.tenant_id = tenant and a.tenant_id = tenant and a.sequence = until;
    delete from face.audit where tenant_id = tenant and sequence <= until;
    get diagnostics gone = row_count;
    return gone;
end
$$;
