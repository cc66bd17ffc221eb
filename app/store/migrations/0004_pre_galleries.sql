-- Galleries, their photos and who is in them; jobs; who is told of what happened.

create table face.gallery (
    tenant_id text collate "C" not null,
    gallery_id text collate "C" not null,
    collection text collate "C" not null,
    name text not null default '',
    source text not null,
    threshold double precision,
    max_faces integer not null check (max_faces > 0),
    webhook_url text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, gallery_id),
    unique (tenant_id, collection),
    foreign key (tenant_id, collection) references face.collection (tenant_id, name)
);

create table face.job (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    job_id uuid not null default gen_random_uuid(),
    kind text not null check (kind in ('gallery', 'index', 'reindex', 'analysis', 'evaluate')),
    subject text collate "C" not null,
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    listed boolean not null default false,
    total integer not null default 0,
    done integer not null default 0,
    failed integer not null default 0,
    skipped integer not null default 0,
    attempts integer not null default 0,
    error_code text,
    error_detail text,
    request jsonb not null,
    result jsonb,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    primary key (tenant_id, job_id)
);
create index job_listing on face.job (tenant_id, created_at, job_id);
create index job_subject on face.job (tenant_id, kind, subject, created_at);

create table face.photo (
    tenant_id text collate "C" not null,
    photo_id uuid not null default gen_random_uuid(),
    gallery_id text collate "C" not null,
    key text collate "C" not null,
    etag text not null,
    size bigint not null,
    state text not null default 'pending' check (state in ('pending', 'processing', 'done', 'error')),
    job_id uuid,
    claims integer not null default 0,
    attempts integer not null default 0,
    error_code text,
    error_detail text,
    width integer not null default 0,
    height integer not null default 0,
    faces_detected integer not null default 0,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant_id, photo_id),
    unique (tenant_id, gallery_id, key),
    foreign key (tenant_id, gallery_id) references face.gallery on delete cascade
);
create index photo_state on face.photo (tenant_id, gallery_id, state);
create index photo_job on face.photo (tenant_id, job_id, state);

create table face.photo_face (
    tenant_id text collate "C" not null,
    face_id uuid not null default gen_random_uuid(),
    gallery_id text collate "C" not null,
    photo_id uuid not null,
    model_id integer not null,
    embedding halfvec not null,
    box_left double precision not null,
    box_top double precision not null,
    box_width double precision not null,
    box_height double precision not null,
    landmarks real[] not null check (array_length(landmarks, 1) = 10),
    det_score double precision not null,
    quality double precision not null,
    reasons text[] not null,
    primary key (tenant_id, face_id),
    foreign key (tenant_id, photo_id) references face.photo on delete cascade,
    foreign key (tenant_id, model_id) references face.model
);
create index photo_face_photo on face.photo_face (tenant_id, photo_id);
create index photo_face_gallery on face.photo_face (tenant_id, gallery_id, model_id);

create table face.face_match (
    tenant_id text collate "C" not null,
    photo_id uuid not null,
    client_id text collate "C" not null,
    gallery_id text collate "C" not null,
    collection text collate "C" not null,
    face_id uuid not null,
    similarity double precision not null,
    decision text not null check (decision in ('match', 'review')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, photo_id, client_id),
    unique (tenant_id, face_id),
    foreign key (tenant_id, photo_id) references face.photo on delete cascade,
    foreign key (tenant_id, face_id) references face.photo_face on delete cascade,
    foreign key (tenant_id, collection, client_id) references face.member on delete cascade
);
create index face_match_client on face.face_match (tenant_id, gallery_id, client_id, similarity desc, photo_id);

create table face.rejection (
    tenant_id text collate "C" not null,
    photo_id uuid not null,
    collection text collate "C" not null,
    client_id text collate "C" not null,
    box_left double precision not null,
    box_top double precision not null,
    box_width double precision not null,
    box_height double precision not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, photo_id, client_id, box_left, box_top),
    foreign key (tenant_id, photo_id) references face.photo on delete cascade,
    foreign key (tenant_id, collection, client_id) references face.member on delete cascade
);

create table face.processing_cache (
    tenant_id text collate "C" not null,
    gallery_id text collate "C" not null,
    key text collate "C" not null,
    etag text not null,
    model_id integer not null,
    threshold double precision not null,
    max_faces integer not null,
    expires_at timestamptz not null,
    primary key (tenant_id, gallery_id, key, etag, model_id, threshold, max_faces),
    foreign key (tenant_id, gallery_id) references face.gallery on delete cascade
);
create index processing_cache_expiry on face.processing_cache (expires_at);

create table face.job_item (
    tenant_id text collate "C" not null,
    job_id uuid not null,
    item_id bigint not null generated always as identity,
    key text collate "C" not null,
    etag text not null default '',
    member_id text collate "C" not null default '',
    state text not null default 'pending' check (state in ('pending', 'processing', 'done', 'error')),
    claims integer not null default 0,
    attempts integer not null default 0,
    error_code text,
    error_detail text,
    primary key (tenant_id, job_id, item_id),
    unique (tenant_id, job_id, key),
    foreign key (tenant_id, job_id) references face.job on delete cascade
);
create index job_item_state on face.job_item (tenant_id, job_id, state);

create table face.webhook (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    webhook_id text collate "C" not null,
    url text not null,
    events text[] not null,
    gallery_id text collate "C",
    secret text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, webhook_id),
    foreign key (tenant_id, gallery_id) references face.gallery on delete cascade
);

create table face.event (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    event_id uuid not null default gen_random_uuid(),
    kind text not null,
    gallery_id text collate "C",
    payload jsonb not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, event_id)
);
create index event_age on face.event (created_at);

create table face.delivery (
    tenant_id text collate "C" not null,
    delivery_id uuid not null default gen_random_uuid(),
    event_id uuid not null,
    channel text not null check (channel in ('webhook', 'sqs:results', 'sqs:failures', 'sns:alerts')),
    webhook_id text collate "C" check ((webhook_id is not null) = (channel = 'webhook')),
    state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    turn integer not null default 0,
    attempts integer not null default 0,
    status integer,
    error text not null default '',
    due_at timestamptz default now(),
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant_id, delivery_id),
    foreign key (tenant_id, event_id) references face.event on delete cascade,
    foreign key (tenant_id, webhook_id) references face.webhook on delete cascade
);
create index delivery_event on face.delivery (tenant_id, event_id);
create index delivery_log on face.delivery (tenant_id, webhook_id, created_at, delivery_id);

-- The faces of a gallery's clients are faces like any others, in a collection of the kind «gallery».
create view face.client_face with (security_invoker) as
select f.tenant_id, g.gallery_id, f.member_id as client_id, f.face_id, f.model_id, f.embedding, f.det_score, f.quality,
       f.source, f.created_at
  from face.face f
  join face.gallery g on g.tenant_id = f.tenant_id and g.collection = f.collection;

alter table face.gallery enable row level security;
alter table face.job enable row level security;
alter table face.photo enable row level security;
alter table face.photo_face enable row level security;
alter table face.face_match enable row level security;
alter table face.rejection enable row level security;
alter table face.processing_cache enable row level security;
alter table face.job_item enable row level security;
alter table face.webhook enable row level security;
alter table face.event enable row level security;
alter table face.delivery enable row level security;
