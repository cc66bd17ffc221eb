-- When a face came, in the database's own order: what an index in memory asks for to catch up.

alter table face.face add column added xid8 not null default pg_current_xact_id();

create index face_added on face.face (added);

create function face.stamp_face() returns trigger language plpgsql as $$
begin
    new.added := pg_catalog.pg_current_xact_id();
    return new;
end
$$;

create trigger stamp before insert or update on face.face for each row execute function face.stamp_face();
