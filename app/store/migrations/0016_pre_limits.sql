-- What a caller has left of an allowance, and when that was. granted: what was taken last. Lost in a crash without harm.
create unlogged table face.bucket (
    tenant_id text collate "C" not null,
    caller text not null,
    verb text not null,
    tokens double precision not null,
    granted integer not null,
    filled_at timestamptz not null,
    primary key (tenant_id, caller, verb)
);
select face.isolate('face.bucket');
