-- Who may call on behalf of whom.

alter table face.tenant add column name text not null default '';

create table face.api_key (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    key_id uuid not null default gen_random_uuid(),
    digest text collate "C" not null,
    prefix text not null,
    name text not null,
    scopes text[] not null,
    collections text[] not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (tenant_id, key_id)
);
create unique index api_key_digest on face.api_key (digest);

create table face.upload_use (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    token_id uuid not null,
    uses integer not null,
    expires_at timestamptz not null,
    primary key (tenant_id, token_id)
);
create index upload_use_expiry on face.upload_use (expires_at);

alter table face.api_key enable row level security;
alter table face.upload_use enable row level security;
