-- Faces of galleries that are nobody's yet, grouped into people who are not named.

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

alter table face.group_run enable row level security;
alter table face.unknown_group enable row level security;
alter table face.dismissal enable row level security;
