-- Faces that AWS Rekognition keeps. Of those there is no embedding here, but the id that AWS gave them.

alter table face.model drop constraint model_dimensions_check, add check (dimensions >= 0);

alter table face.collection add column backend text check (backend in ('insightface', 'aws_rekognition'));

alter table face.face
    alter column embedding drop not null,
    add column remote_id uuid,
    add check ((embedding is null) = (remote_id is not null));
create index face_remote on face.face (tenant_id, remote_id) where remote_id is not null;

alter table face.photo_face
    alter column embedding drop not null,
    add column remote_id uuid,
    add check ((embedding is null) = (remote_id is not null));
create index photo_face_remote on face.photo_face (tenant_id, remote_id) where remote_id is not null;

create table face.remote_collection (
    tenant_id text collate "C" not null,
    remote_name text collate "C" not null,
    collection text collate "C" not null,
    model_version text not null,
    alive boolean not null default true,
    created_at timestamptz not null default now(),
    primary key (tenant_id, remote_name)
);
create unique index remote_collection_alive on face.remote_collection (tenant_id, collection) where alive;

create table face.doomed_face (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    remote_id uuid not null,
    due_at timestamptz not null default now(),
    primary key (tenant_id, collection, remote_id)
);
create index doomed_face_due on face.doomed_face (due_at);

create table face.likeness (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    remote_id uuid not null,
    other_id uuid not null,
    similarity double precision not null,
    primary key (tenant_id, remote_id, other_id)
);

create function face.doom_collection() returns trigger language plpgsql as $$
begin
    update face.remote_collection set alive = false
     where tenant_id = old.tenant_id and collection = old.name and alive;
    return null;
end
$$;

create function face.doom_face() returns trigger language plpgsql as $$
begin
    insert into face.doomed_face (tenant_id, collection, remote_id)
    values (old.tenant_id, old.collection, old.remote_id)
        on conflict (tenant_id, collection, remote_id) do update set due_at = now();
    return null;
end
$$;

create function face.doom_photo_face() returns trigger language plpgsql as $$
begin
    insert into face.doomed_face (tenant_id, collection, remote_id)
    values (old.tenant_id, 'gallery.' || old.gallery_id, old.remote_id)
        on conflict (tenant_id, collection, remote_id) do update set due_at = now();
    return null;
end
$$;

create trigger doom after delete on face.collection for each row execute function face.doom_collection();
create trigger doom after delete on face.face
   for each row when (old.remote_id is not null) execute function face.doom_face();
create trigger doom_other after update of remote_id on face.face
   for each row when (old.remote_id is distinct from new.remote_id and old.remote_id is not null)
execute function face.doom_face();
create trigger doom after delete on face.photo_face
   for each row when (old.remote_id is not null) execute function face.doom_photo_face();

alter table face.remote_collection enable row level security;
alter table face.doomed_face enable row level security;
alter table face.likeness enable row level security;
