-- A collection's own calibration curve, for each recogniser.

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

alter table face.calibration enable row level security;
