-- What the service has raised the alarm about, and quick answers to how much has failed.

create table face.alert (
    tenant_id text collate "C" not null references face.tenant on delete cascade,
    kind text collate "C" not null,
    subject text collate "C" not null,
    detail text not null,
    raised_at timestamptz not null default now(),
    primary key (tenant_id, kind, subject)
);

select face.isolate('face.alert');

create index job_dead on face.job (tenant_id) where state = 'failed';
create index photo_dead on face.photo (tenant_id) where state = 'error';
create index job_item_dead on face.job_item (tenant_id) where state = 'error';
create index delivery_dead on face.delivery (tenant_id) where state = 'failed';
