-- Who was erased on request, by a keyed hash of collection and id, and the receipt that was given. added: the transaction
-- that erased; search indexes that were made before it still hold the person and are made anew.
create table face.erasure (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    erasure_id uuid not null,
    collection text collate "C" not null,
    subject text collate "C" not null,
    counts jsonb not null,
    receipt text not null,
    erased_at timestamptz not null,
    added xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, erasure_id)
);
create index erasure_subject on face.erasure (tenant_id, collection, subject);
select face.isolate('face.erasure');
