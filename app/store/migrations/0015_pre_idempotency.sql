-- What was answered to a write that came with an Idempotency-Key, written in the transaction of that write. digest:
-- SHA-256 of the request's body, in hex.
create table face.answer (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    caller text not null,
    key text collate "C" not null,
    route text not null,
    digest text collate "C" not null,
    status integer not null,
    media_type text not null,
    body bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, caller, key)
);
create index answer_age on face.answer (created_at);
select face.isolate('face.answer');
