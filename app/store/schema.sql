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

-- Whose everything is. `default` is there from the start. max_*: how much it may keep, 0 for any number.
create table face.tenant (
    tenant_id text collate "C" not null,
    created_at timestamptz not null default now(),
    name text not null default '',
    max_members integer not null default 0 check (max_members >= 0),
    max_photos integer not null default 0 check (max_photos >= 0),
    primary key (tenant_id)
);

-- Who may call on a tenant's behalf. digest: SHA-256 of the key, in hex; prefix: how it begins, for people to tell it by.
-- collections: the only ones it is for, empty for all. last_used_at: within minutes.
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

-- How often an upload token was used that may be used a number of times only.
create table face.upload_use (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    token_id uuid not null,
    uses integer not null,
    expires_at timestamptz not null,
    primary key (tenant_id, token_id)
);
create index upload_use_expiry on face.upload_use (expires_at);

-- What makes embeddings. The recogniser's file is the model's identity; the name is that of the first pack that had it.
-- dimensions: 0 where nobody shows an embedding.
create table face.model (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    model_id integer not null generated always as identity,
    name text not null,
    recogniser_sha256 text collate "C" not null,
    dimensions integer not null check (dimensions >= 0),
    licence text not null,
    commercial boolean not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, model_id),
    unique (tenant_id, recogniser_sha256)
);

-- Members that are searched together. model_id: by whose faces, null before the first. Only faces of that model are
-- searched, counted and shown. Where another model's lie beside them, the collection is on its way to that model: each of
-- those is the twin of one in force, of the same picture of the same member, and goes with it. The second unique key has
-- whoever changes the model wait for whoever enrols, and the other way round. backend: who is to recognise its faces, null
-- where the service's setting says it. consent_required: whether a face is kept only of members with a valid consent.
-- retention_days: faces of whoever was neither enrolled nor recognised for so long are deleted; 0: never.
create table face.collection (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    name text collate "C" not null,
    kind text not null check (kind in ('members', 'gallery', 'blacklist')),
    model_id integer,
    created_at timestamptz not null default now(),
    backend text check (backend in ('insightface', 'aws_rekognition')),
    consent_required boolean not null default false,
    retention_days integer not null default 0 check (retention_days >= 0),
    liveness text not null default 'off' check (liveness in ('off', 'report', 'require')),
    primary key (tenant_id, name),
    unique (tenant_id, name, model_id),
    foreign key (tenant_id, model_id) references face.model
);

-- People, by the caller's own ids. is_user: whether somebody asked for the member; others only hold faces that were
-- indexed and are nobody's yet.
create table face.member (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    member_id text collate "C" not null,
    name text not null,
    metadata jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    is_user boolean not null default true,
    primary key (tenant_id, collection, member_id),
    foreign key (tenant_id, collection) references face.collection (tenant_id, name) on delete cascade
);

-- One embedding each, of length one, with where it came from. digest: SHA-256 of the picture, in hex: the same picture
-- of the same member is kept once. Of a picture whose faces are indexed all are kept: there a slash and where the face is
-- come after the digest. box_*: fractions of the picture. landmarks: x, y of five points, likewise.
-- image_id: of the picture, null where the face was enrolled for its member. external_id: what the caller calls the
-- picture. associated: whether the face is its member's, or only lies with it.
-- remote_id: in the place of an embedding, what AWS calls a face that is kept there.
-- The third key also finds the faces of a member, and of a collection.
create table face.face (
    tenant_id text collate "C" not null,
    face_id uuid not null default gen_random_uuid(),
    collection text collate "C" not null,
    member_id text collate "C" not null,
    model_id integer not null,
    digest text collate "C" not null,
    embedding halfvec,
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
    image_id uuid,
    external_id text collate "C",
    associated boolean not null default true,
    remote_id uuid,
    stamp bigint not null generated always as ((added::text)::bigint) stored,
    check ((embedding is null) = (remote_id is not null)),
    primary key (tenant_id, face_id),
    unique (tenant_id, collection, member_id, digest, model_id),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade,
    foreign key (tenant_id, model_id) references face.model
);

-- added: the transaction that wrote the row last, whatever the writer says. What came between two moments is found by it,
-- and only by it: times and sequences are given out before the commit, and commits overtake each other.
create index face_added on face.face (added);
create index face_remote on face.face (tenant_id, remote_id) where remote_id is not null;

-- stamp: the same number. Under a policy only conditions that are leakproof are looked up in an index: those of bigint are,
-- those of xid8 are not.
create index face_stamp on face.face (stamp);

create function face.stamp_face() returns trigger language plpgsql as $$
begin
    new.added := pg_catalog.pg_current_xact_id();
    return new;
end
$$;

create index face_image on face.face (tenant_id, collection, image_id) where image_id is not null;

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

-- An event's photos under a storage prefix. Its clients are the members of `collection`, of the kind «gallery».
-- threshold: null where the service's own holds.
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

-- Work as the API shows it. What carries it to the workers stands in the schema face_queue and may be gone.
-- listed: whether all there is to do is known. total, done, failed: as counted when the job ended; until then they are
-- counted from photo and job_item. skipped: what needed no work.
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
create index job_dead on face.job (tenant_id) where state = 'failed';

-- One object of a gallery. job_id: the job that has it in hand, or had it last. claims: how often a worker took it up,
-- attempts: how often it failed; a photo that is taken up and never settled kills its workers.
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
create index photo_dead on face.photo (tenant_id) where state = 'error';

-- All faces of a photo, whoever they are: who is enrolled later is searched among them. remote_id: as that of a face; one
-- that was taken from here for a client has the same.
create table face.photo_face (
    tenant_id text collate "C" not null,
    face_id uuid not null default gen_random_uuid(),
    gallery_id text collate "C" not null,
    photo_id uuid not null,
    model_id integer not null,
    embedding halfvec,
    box_left double precision not null,
    box_top double precision not null,
    box_width double precision not null,
    box_height double precision not null,
    landmarks real[] not null check (array_length(landmarks, 1) = 10),
    det_score double precision not null,
    quality double precision not null,
    reasons text[] not null,
    remote_id uuid,
    check ((embedding is null) = (remote_id is not null)),
    primary key (tenant_id, face_id),
    foreign key (tenant_id, photo_id) references face.photo on delete cascade,
    foreign key (tenant_id, model_id) references face.model
);
create index photo_face_photo on face.photo_face (tenant_id, photo_id);
create index photo_face_gallery on face.photo_face (tenant_id, gallery_id, model_id);
create index photo_face_remote on face.photo_face (tenant_id, remote_id) where remote_id is not null;

-- Who is in a photo: a client once at most (primary key), a face one client at most (unique).
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

-- «Not this person»: the client is not the face that was there. Kept by place, since faces are found anew.
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

-- What was done already, and with what result: by all that the result depends on.
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

-- What a job does one by one. key: of an object under a prefix, or the id of a face to embed anew. member_id: whose it is.
-- claims, attempts: as those of a photo.
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
create index job_item_dead on face.job_item (tenant_id) where state = 'error';

-- Who is told. gallery_id: of that gallery's events only. secret: sealed, see seal.py.
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

-- What happened, in the transaction in which it happened.
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

-- An event on its way to a webhook, or by one of the operator's channels. turn: of its attempts, only the worker that
-- was given this one may report. status: what the webhook's server answered last.
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
create index delivery_dead on face.delivery (tenant_id) where state = 'failed';

-- What the service has raised the alarm about and not cleared. subject: what it is about, empty where the kind says all.
create table face.alert (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    kind text collate "C" not null,
    subject text collate "C" not null,
    detail text not null,
    raised_at timestamptz not null default now(),
    primary key (tenant_id, kind, subject)
);

-- The faces of a gallery's clients are faces like any others, in a collection of the kind «gallery».
create view face.client_face with (security_invoker) as
select f.tenant_id, g.gallery_id, f.member_id as client_id, f.face_id, f.model_id, f.embedding, f.det_score, f.quality,
       f.source, f.created_at
  from face.face f
  join face.gallery g on g.tenant_id = f.tenant_id and g.collection = f.collection;

-- When the faces of a gallery that are nobody's yet were last grouped into people. version: of those faces. cut: see
-- domain/groups.py. seconds: it took.
create table face.group_run (
    tenant_id text collate "C" not null,
    gallery_id text collate "C" not null,
    version text not null,
    cut double precision not null,
    seconds double precision not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, gallery_id),
    foreign key (tenant_id, gallery_id) references face.gallery on delete cascade
);

-- A group as a caller may have seen it: group_id is a digest of its faces, so that it is the same group while those are.
-- face_ids: best first; similarities: of each to the group's centre. version: of the last grouping that has it.
create table face.unknown_group (
    tenant_id text collate "C" not null,
    gallery_id text collate "C" not null,
    group_id text collate "C" not null,
    version text not null,
    face_ids uuid[] not null,
    similarities double precision[] not null,
    seen_at timestamptz not null default now(),
    primary key (tenant_id, gallery_id, group_id),
    foreign key (tenant_id, gallery_id) references face.gallery on delete cascade
);

-- «Not of interest»: a face that is not to be shown among the unknown. Kept by place, as a rejection is.
create table face.dismissal (
    tenant_id text collate "C" not null,
    photo_id uuid not null,
    box_left double precision not null,
    box_top double precision not null,
    box_width double precision not null,
    box_height double precision not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, photo_id, box_left, box_top),
    foreign key (tenant_id, photo_id) references face.photo on delete cascade
);

-- What is left of the groups: faces that are still there and still nobody's. A face found anew is the dismissed one where
-- the two overlap by half (intersection over union).
create view face.unknown_member with (security_invoker) as
select g.tenant_id, g.gallery_id, g.group_id, g.version = l.version as current, m.place, m.similarity, pf.face_id,
       pf.photo_id, pf.box_left, pf.box_top, pf.box_width, pf.box_height, pf.quality,
       exists (
           select from face.dismissal d
            where d.tenant_id = pf.tenant_id and d.photo_id = pf.photo_id
              and 3 * greatest(0, least(pf.box_left + pf.box_width, d.box_left + d.box_width)
                                  - greatest(pf.box_left, d.box_left))
                    * greatest(0, least(pf.box_top + pf.box_height, d.box_top + d.box_height)
                                  - greatest(pf.box_top, d.box_top))
                  >= pf.box_width * pf.box_height + d.box_width * d.box_height) as dismissed
  from face.unknown_group g
  join face.group_run l on l.tenant_id = g.tenant_id and l.gallery_id = g.gallery_id
 cross join lateral unnest(g.face_ids, g.similarities) with ordinality as m (face_id, similarity, place)
  join face.photo_face pf on pf.tenant_id = g.tenant_id and pf.face_id = m.face_id
 where not exists (
       select from face.face_match x where x.tenant_id = pf.tenant_id and x.face_id = pf.face_id);

-- The faces that are searched, and whose model they are of.
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

-- What is said of the members of a blacklist; one of whom nothing is said is watched for without end.
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

-- Pictures in which members of a collection were looked for, without the pictures. faces: those that were searched, as
-- JSON, largest first.
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

-- Who was found in them. face: the number of the picture's face, from 0. face_id: the member's face most like it, which
-- may be gone.
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

-- What AWS calls a collection that was made there for one of ours, and the version of its model. alive: whether ours is
-- still there. Kept when it is not, even where its tenant is gone: somebody has to delete the other one. Whoever makes ours
-- again gets another one there.
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

-- Faces that AWS keeps and nobody here does, or will have kept until then: to be deleted there. No row of another table is
-- needed for it, so that whoever deletes one may forget the rest.
create table face.doomed_face (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    remote_id uuid not null,
    due_at timestamptz not null default now(),
    primary key (tenant_id, collection, remote_id)
);
create index doomed_face_due on face.doomed_face (due_at);

-- How alike two faces of a gallery are that AWS keeps, as cosine; each pair from both ends, each face like itself by 1.
create table face.likeness (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    remote_id uuid not null,
    other_id uuid not null,
    similarity double precision not null,
    primary key (tenant_id, remote_id, other_id)
);

-- Whatever deletes a face, directly or through what the face belonged to, AWS's goes too.
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

-- The last line of a tenant's chain, and the last that was pruned from its beginning.
create table face.audit_book (
    tenant_id text collate "C" not null,
    sequence bigint not null default 0,
    hash text collate "C" not null default '',
    kept_sequence bigint not null default 0,
    kept_hash text collate "C" not null default '',
    primary key (tenant_id)
);

-- See domain/audit.py. subjects: the members that a line is about, as HMACs with the tenant's key; no picture, no
-- embedding, no id. hash: over all else, `previous` among it, which is the hash of the line before.
create table face.audit (
    tenant_id text collate "C" not null,
    sequence bigint not null,
    at timestamptz not null,
    actor text not null,
    action text collate "C" not null,
    collection text collate "C" not null,
    subjects text[] not null,
    target text not null,
    request_id text not null,
    status integer not null,
    outcome text collate "C" not null,
    previous text collate "C" not null,
    hash text collate "C" not null,
    primary key (tenant_id, sequence)
);
create index audit_time on face.audit (tenant_id, at);

-- With it goes what tells whom the lines are about. secret: sealed.
create table face.audit_key (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    secret text not null,
    primary key (tenant_id)
);

-- Lines are added, and those go that were pruned by the function below; whoever asks, unless they switch this off first,
-- which the chain tells of.
create function face.keep_audit() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.sequence <= (select b.kept_sequence from face.audit_book b where b.tenant_id = old.tenant_id) then
            return old;
        end if;
    end if;
    raise exception 'the audit log is only ever added to' using errcode = 'insufficient_privilege';
end
$$;

create trigger keep before update or delete on face.audit for each row execute function face.keep_audit();
create trigger keep_all before truncate on face.audit for each statement execute function face.keep_audit();

-- Drop at most so many of a tenant's first lines that are older than so many days, and say how many. Runs as the owner: the
-- service itself may delete no line.
create function face.prune_audit(tenant text, days integer, most integer) returns integer
    language plpgsql security definer set search_path = '' as $$
declare
    head bigint;
    until bigint;
    gone integer;
begin
    select b.sequence into head from face.audit_book b where b.tenant_id = tenant for update;
    select coalesce(min(a.sequence) - 1, head) into until
      from face.audit a
     where a.tenant_id = tenant and a.at >= pg_catalog.now() - pg_catalog.make_interval(days => days);
    select max(a.sequence) into until
      from (select sequence from face.audit
             where tenant_id = tenant and sequence <= until
             order by sequence
             limit most) a;
    update face.audit_book b
       set kept_sequence = a.sequence, kept_hash = a.hash
      from face.audit a
     where b.tenant_id = tenant and a.tenant_id = tenant and a.sequence = until;
    delete from face.audit where tenant_id = tenant and sequence <= until;
    get diagnostics gone = row_count;
    return gone;
end
$$;

-- The same words of the same moment are the same consent.
create table face.consent (
    tenant_id text collate "C" not null,
    consent_id uuid not null default gen_random_uuid(),
    collection text collate "C" not null,
    member_id text collate "C" not null,
    basis text not null,
    purpose text not null,
    given_at timestamptz not null,
    expires_at timestamptz,
    evidence text not null default '',
    withdrawn_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (tenant_id, consent_id),
    unique (tenant_id, collection, member_id, basis, purpose, given_at),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade
);

-- Whether consents allow something now.
create function face.is_valid(consent face.consent) returns boolean language sql stable as $$
    select (consent).withdrawn_at is null and (consent).given_at <= pg_catalog.now()
       and ((consent).expires_at is null or (consent).expires_at > pg_catalog.now())
$$;

-- Whoever keeps a face, in whatever way: where consent is required there must be one. It stays as it is until the face is
-- kept, so that a withdrawal either comes before or finds the face. A face that is kept already may be embedded anew.
create function face.require_consent() returns trigger language plpgsql as $$
begin
    if not exists (
        select from face.collection c
         where c.tenant_id = new.tenant_id and c.name = new.collection and c.consent_required)
    then
        return new;
    end if;
    perform from face.consent c
      where c.tenant_id = new.tenant_id and c.collection = new.collection and c.member_id = new.member_id
        and face.is_valid(c)
      limit 1
        for share;
    if not found and not exists (
        select from face.face f
         where f.tenant_id = new.tenant_id and f.collection = new.collection and f.member_id = new.member_id
           and f.digest = new.digest)
    then
        raise exception 'consent is required' using errcode = 'FR001';
    end if;
    return new;
end
$$;

create trigger consent before insert or update of collection, member_id on face.face
    for each row execute function face.require_consent();

create index consent_end on face.consent (tenant_id, collection, expires_at) where withdrawn_at is null;

-- Whoever adds a tenant's members or photos, in whatever way: where it has a quota they take turns, and each counts what
-- those before have kept. Whoever adds none does not wait.
create function face.heed_quota() returns trigger language plpgsql as $$
declare
    quota record;
    taken bigint;
begin
    for quota in
        select t.tenant_id, case tg_table_name when 'member' then t.max_members else t.max_photos end as most
          from face.tenant t
         where t.tenant_id in (select a.tenant_id from added a)
           and case tg_table_name when 'member' then t.max_members else t.max_photos end > 0
         order by t.tenant_id
           for no key update of t
    loop
        execute pg_catalog.format('select count(*) from face.%I where tenant_id = $1', tg_table_name)
           into taken using quota.tenant_id;
        if taken > quota.most then
            raise exception 'the tenant is full' using errcode = 'FR002', table = tg_table_name;
        end if;
    end loop;
    return null;
end
$$;

create trigger quota after insert on face.member referencing new table as added
    for each statement execute function face.heed_quota();
create trigger quota after insert on face.photo referencing new table as added
    for each statement execute function face.heed_quota();

-- When a member was recognised last; written once a day at most.
create table face.sighting (
    tenant_id text collate "C" not null,
    collection text collate "C" not null,
    member_id text collate "C" not null,
    seen_on date not null,
    primary key (tenant_id, collection, member_id),
    foreign key (tenant_id, collection, member_id) references face.member on delete cascade
);

-- A row is seen by its own tenant's transactions, and by those that say they are everybody's ('*', which no tenant can
-- be called). Forced, so that it holds for the owner as well; superusers it binds as long as they are face_service.
-- The sub-selects are asked once a statement, not once a row.
create function face.isolate(target regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy tenant on %s using (tenant_id = (select current_setting(''face.tenant'', true))'
        ' or (select current_setting(''face.tenant'', true)) = ''*'')', target);
end
$$;

select face.isolate('face.tenant');
select face.isolate('face.api_key');
select face.isolate('face.upload_use');
select face.isolate('face.model');
select face.isolate('face.collection');
select face.isolate('face.member');
select face.isolate('face.face');
select face.isolate('face.calibration');
select face.isolate('face.gallery');
select face.isolate('face.job');
select face.isolate('face.photo');
select face.isolate('face.photo_face');
select face.isolate('face.face_match');
select face.isolate('face.rejection');
select face.isolate('face.processing_cache');
select face.isolate('face.job_item');
select face.isolate('face.webhook');
select face.isolate('face.event');
select face.isolate('face.delivery');
select face.isolate('face.group_run');
select face.isolate('face.unknown_group');
select face.isolate('face.dismissal');
select face.isolate('face.request_token');
select face.isolate('face.access_key');
select face.isolate('face.remote_collection');
select face.isolate('face.doomed_face');
select face.isolate('face.likeness');
select face.isolate('face.blacklist_entry');
select face.isolate('face.processed_image');
select face.isolate('face.image_match');
select face.isolate('face.answer');
select face.isolate('face.bucket');
select face.isolate('face.alert');
select face.isolate('face.erasure');
select face.isolate('face.audit_book');
select face.isolate('face.audit');
select face.isolate('face.audit_key');
select face.isolate('face.consent');
select face.isolate('face.sighting');
