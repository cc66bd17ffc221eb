-- What the protocol of AWS Rekognition knows of faces and members beside what is kept already, and who may speak it.

-- is_user: whether somebody asked for the member. Others only hold faces that were indexed and are nobody's yet.
alter table face.member add column is_user boolean not null default true;

-- image_id: of the picture, null where the face was enrolled for its member. external_id: what the caller calls the
-- picture. associated: whether the face is its member's, or only lies with it.
alter table face.face
    add column image_id uuid,
    add column external_id text collate "C",
    add column associated boolean not null default true;

create index face_image on face.face (tenant_id, collection, image_id) where image_id is not null;

create view face.known_face with (security_invoker) as
select f.tenant_id, f.collection, f.face_id, f.member_id, f.model_id, f.embedding, f.image_id, f.external_id, f.digest,
       f.box_left, f.box_top, f.box_width, f.box_height, f.det_score, f.associated, m.recogniser_sha256
  from face.face f
  join face.collection c on c.tenant_id = f.tenant_id and c.name = f.collection and c.model_id = f.model_id
  join face.model m on m.tenant_id = f.tenant_id and m.model_id = f.model_id;

-- Requests that carried a token, and what was answered: the same request again is answered the same and does nothing.
create table face.request_token (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    operation text collate "C" not null,
    token text collate "C" not null,
    digest text collate "C" not null,
    answer jsonb,
    created_at timestamptz not null default now(),
    primary key (tenant_id, operation, token)
);
create index request_token_age on face.request_token (created_at);

-- Keys that requests are signed with. secret: sealed; a signature cannot be checked by a digest of it.
create table face.access_key (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    access_key_id text collate "C" not null,
    name text not null,
    secret text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, access_key_id)
);
create index access_key_caller on face.access_key (access_key_id);

alter table face.request_token enable row level security;
alter table face.access_key enable row level security;
