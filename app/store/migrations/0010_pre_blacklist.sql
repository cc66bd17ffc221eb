-- People who are watched for, and the pictures in which they were looked for.

create table face.blacklist_entry (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    member_id text collate "C" not null,
    reason text not null default '',
    active boolean not null default true,
    expires_at timestamptz,
    primary key (tenant_id, collection, member_id),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade
);

create table face.processed_image (
    tenant_id text collate "C" not null,
    image_id uuid not null default gen_random_uuid(),
    collection text collate "C" not null,
    digest text collate "C" not null,
    source text not null,
    width integer not null,
    height integer not null,
    faces_detected integer not null,
    threshold double precision not null,
    model text not null,
    faces jsonb not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, image_id),
    foreign key (tenant_id, collection) references face.collection (tenant_id, name) on delete cascade
);
create index processed_image_listing on face.processed_image (tenant_id, created_at, image_id);
create index processed_image_age on face.processed_image (created_at);

create table face.image_match (
    tenant_id text collate "C" not null,
    image_id uuid not null,
    face integer not null,
    collection text collate "C" not null,
    member_id text collate "C" not null,
    face_id uuid not null,
    similarity double precision not null,
    decision text not null check (decision in ('match', 'review')),
    created_at timestamptz not null,
    primary key (tenant_id, image_id, face, member_id),
    foreign key (tenant_id, image_id) references face.processed_image on delete cascade,
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade
);
create index image_match_member on face.image_match (tenant_id, collection, member_id, created_at, image_id);

alter table face.blacklist_entry enable row level security;
alter table face.processed_image enable row level security;
alter table face.image_match enable row level security;
