-- The whole schema as it is, to be read. What is run are the files in migrations/; a test keeps the two the same.
--
-- Every key begins with the tenant, so that any table can be partitioned or distributed by it, and no row can refer
-- to another tenant's. Names are compared byte by byte (collate "C"): their order is the same on every server.

create schema face;

create table face.schema_migration (
    name text collate "C" not null primary key,
    digest text collate "C" not null,
    applied_at timestamptz not null default now()
);

-- Whose everything is. `default` is there from the start.
create table face.tenant (
    tenant_id text collate "C" not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id)
);

-- What makes embeddings. The recogniser's file is the model's identity; the name is that of the first pack that had it.
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

-- Members that are searched together. model_id: whose faces it takes, null before the first. The second unique key is
-- there for face to refer to: while there are faces, nobody can give the collection another model.
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

-- People, by the caller's own ids.
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

-- One embedding each, of length one, with where it came from. digest: SHA-256 of the picture, in hex: the same picture
-- of the same member is kept once. box_*: fractions of the picture. landmarks: x, y of five points, likewise.
-- The third key also finds the faces of a member, and of a collection.
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
    added xid8 not null default pg_current_xact_id(),
    primary key (tenant_id, face_id),
    unique (tenant_id, collection, member_id, digest, model_id),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade,
    foreign key (tenant_id, collection, model_id) references face.collection (tenant_id, name, model_id)
        on delete cascade
);

-- added: the transaction that wrote the row last, whatever the writer says. What came between two moments is found by it,
-- and only by it: times and sequences are given out before the commit, and commits overtake each other.
create index face_added on face.face (added);

create function face.stamp_face() returns trigger language plpgsql as $$
begin
    new.added := pg_catalog.pg_current_xact_id();
    return new;
end
$$;

create trigger stamp before insert or update on face.face for each row execute function face.stamp_face();

-- How often a recogniser takes people of a collection for each other, where that was measured for the collection itself:
-- rates of false matches, from many to few, and the cosine similarities at which they occur. Rates below measured_to are
-- extrapolated.
create table face.calibration (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    recogniser_sha256 text collate "C" not null,
    rates double precision[] not null,
    similarities double precision[] not null check (array_length(similarities, 1) = array_length(rates, 1)),
    measured_to double precision not null,
    people integer not null,
    comparisons bigint not null,
    source text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, collection, recogniser_sha256),
    foreign key (tenant_id, collection) references face.collection (tenant_id, name) on delete cascade
);

-- The owner, who is the service so far, sees all; whoever else is let in sees nothing.
alter table face.tenant enable row level security;
alter table face.model enable row level security;
alter table face.collection enable row level security;
alter table face.member enable row level security;
alter table face.face enable row level security;
alter table face.calibration enable row level security;
