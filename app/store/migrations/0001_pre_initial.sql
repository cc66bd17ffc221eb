-- Tenants, collections, members and faces.

create table face.tenant (
    tenant_id text collate "C" not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id)
);

create table face.model (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    model_id integer not null generated always as identity,
    name text not null,
    recogniser_sha256 text collate "C" not null,
    dimensions integer not null check (dimensions > 0),
    licence text not null,
    commercial boolean not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, model_id),
    unique (tenant_id, recogniser_sha256)
);

create table face.collection (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    name text collate "C" not null,
    kind text not null check (kind in ('members', 'gallery', 'blacklist')),
    model_id integer,
    created_at timestamptz not null default now(),
    primary key (tenant_id, name),
    unique (tenant_id, name, model_id),
    foreign key (tenant_id, model_id) references face.model
);

create table face.member (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    member_id text collate "C" not null,
    name text not null,
    metadata jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, collection, member_id),
    foreign key (tenant_id, collection) references face.collection (tenant_id, name) on delete cascade
);

create table face.face (
    tenant_id text collate "C" not null,
    face_id uuid not null default gen_random_uuid(),
    collection text collate "C" not null,
    member_id text collate "C" not null,
    model_id integer not null,
    digest text collate "C" not null,
    embedding halfvec not null,
    box_left double precision not null,
    box_top double precision not null,
    box_width double precision not null,
    box_height double precision not null,
    landmarks real[] not null check (array_length(landmarks, 1) = 10),
    det_score double precision not null,
    quality double precision not null,
    reasons text[] not null,
    source text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, face_id),
    unique (tenant_id, collection, member_id, digest, model_id),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade,
    foreign key (tenant_id, collection, model_id) references face.collection (tenant_id, name, model_id)
        on delete cascade
);

alter table face.tenant enable row level security;
alter table face.model enable row level security;
alter table face.collection enable row level security;
alter table face.member enable row level security;
alter table face.face enable row level security;

insert into face.tenant (tenant_id) values ('default');
insert into face.collection (tenant_id, name, kind) values ('default', 'default', 'members');
